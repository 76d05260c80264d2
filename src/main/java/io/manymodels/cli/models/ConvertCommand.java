package io.manymodels.cli.models;

import io.manymodels.cli.console.BadInputException;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Unmatched;

/**
 * Stands for what {@code ./many-models} does in Python, so that the commands on models are listed
 * together. On the JVM no pickle is read.
 */
@Command(
    name = "convert",
    description =
        "Make ONNX of models of scikit-learn, LightGBM, XGBoost, CatBoost, PyTorch and MLflow;"
            + " needs ./many-models and Python 3.11.")
final class ConvertCommand implements Runnable {
  @Unmatched List<String> arguments = new ArrayList<>();

  @Override
  public void run() {
    throw new BadInputException(
        "models are converted in Python: call ./many-models models convert of a checkout, and have"
            + " Python 3.11 (apt-get install python3.11 python3.11-venv)");
  }
}
