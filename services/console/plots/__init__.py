"""Plots as SVG, drawn by the server: pure functions of figures. Colours are the sheet's (`.plot`), words are ours."""
