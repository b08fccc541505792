"""The sandbox: the plugins' simulators on a server of their own, for development only.

It has its own threads and its own SQLite file, so that the app and the vendors it talks to never
starve each other, and its own address, so that the two are different sites to a browser.
"""
