package io.manymodels.cli.console;

import io.manymodels.model.ModelVersion;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Converts what is typed for an option to a model version. */
public final class VersionNumber implements ITypeConverter<ModelVersion> {
  @Override
  public ModelVersion convert(String text) {
    return ModelVersion.parse(text)
        .orElseThrow(
            () ->
                new TypeConversionException(
                    "expected a whole number in 1.." + ModelVersion.MAX_NUMBER));
  }
}
