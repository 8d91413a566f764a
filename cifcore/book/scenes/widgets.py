"""Scenes with sliders in Jupyter: ``explore("force")``.

Needs ipywidgets and matplotlib, which the rest of the package does not.
"""

from typing import Any

from cifcore.book.scenes.catalogue import SCENES, compute, declaration
from cifcore.book.scenes.draw import draw
from cifcore.book.scenes.picture import Control


def explore(name: str) -> Any:
    """Show a scene with a slider for each of its controls.

    Parameters
    ----------
    name : str
        One of `cifcore.book.scenes.catalogue.SCENES`.

    Returns
    -------
    ipywidgets.Widget
        The sliders, a button that takes them back to their first values, the figure, and the
        sentence that says what is to be seen. It needs a running kernel.

    Raises
    ------
    ValueError
        If there is no such scene.
    """
    import ipywidgets as widgets
    import matplotlib.pyplot as plt
    from IPython.display import display

    from cifcore.book.figures import use_style

    title = declaration(name)["title"]
    scene = SCENES[name]
    use_style()
    sliders = {control.name: _slider(widgets, control) for control in scene.controls}
    sentence = widgets.HTML()

    def show(**values: float) -> None:
        display(drawn := draw(name, values))
        plt.close(drawn)
        sentence.value = compute(name, values).sentence

    def back(_: Any) -> None:
        for key, slider in sliders.items():
            slider.value = scene.defaults[key]

    button = widgets.Button(description=f"The {scene.origin}'s values")
    button.on_click(back)
    figure = widgets.interactive_output(show, sliders)
    return widgets.VBox(
        [widgets.HTML(f"<b>{title}</b>"), *sliders.values(), button, figure, sentence]
    )


def _slider(widgets: Any, control: Control) -> Any:
    unit = f" ({control.unit})" if control.unit else ""
    options = [(f"{value:.6g}", float(value)) for value in control.values]
    return widgets.SelectionSlider(
        options=options,
        value=control.default,
        description=f"{control.label}{unit}",
        continuous_update=False,
        style={"description_width": "15em"},
        layout=widgets.Layout(width="36em"),
    )
