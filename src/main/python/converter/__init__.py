"""Makes ONNX of the models of other libraries, for `./many-models models convert`.

Runs in the Python that has those libraries, 3.10 or newer, which is not the launcher's: nothing here imports the
launcher. Only `recognising` is used by both, and needs nothing but the standard library.
"""
