"""`top`: tenants as they are asked, live in the terminal."""
