"""The ground of every page: routes that say who may open them, forms, templates, errors, headers, assets."""
