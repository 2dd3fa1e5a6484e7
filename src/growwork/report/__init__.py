"""Renderers: `render_<format>(result, out)`; they compute nothing that the JSON lacks."""
