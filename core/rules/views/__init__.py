"""The pages of rules: the list, the form, and what each rule has done."""
