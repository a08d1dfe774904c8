"""The framework of every page: routes that name who may open them, forms, templates, errors, headers, assets."""
