"""Plots as SVG, drawn by the server: pure functions of figures. Colours come from the style sheet (`.plot`)."""
