"""The pages about payment links: the logs in the app, and what the CRM frames."""
