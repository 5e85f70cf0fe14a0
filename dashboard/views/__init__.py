"""One module a page, each with `render()`; registry.py names them."""
