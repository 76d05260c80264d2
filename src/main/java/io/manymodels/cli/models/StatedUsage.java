package io.manymodels.cli.models;

import io.manymodels.json.ArtifactMetadata;
import io.manymodels.json.ExampleJson;
import io.manymodels.tensor.Naming;
import io.manymodels.tensor.Signature;
import io.manymodels.tensor.Usage;
import java.util.List;
import java.util.Optional;

/**
 * What a publisher says of how a model is used.
 *
 * @param naming the names of columns, and what stands for missing values
 * @param example rows that the model answers
 */
record StatedUsage(Naming naming, Optional<ExampleJson> example) {
  static final StatedUsage NONE = new StatedUsage(Naming.NONE, Optional.empty());

  /** What metadata say that were written by hand, or copied with their model. */
  static StatedUsage of(ArtifactMetadata metadata) {
    Usage usage = metadata.usage();
    return new StatedUsage(
        usage.signature().map(Naming::of).orElse(usage.naming()),
        usage.exampleText().isEmpty()
            ? Optional.empty()
            : Optional.of(ExampleJson.read(usage.exampleText())));
  }

  /** The same, with what another says where this says nothing. */
  StatedUsage or(StatedUsage other) {
    Naming theirs = other.naming();
    return new StatedUsage(
        new Naming(
            naming.columns().isEmpty() ? theirs.columns() : naming.columns(),
            naming.suggested().isEmpty() ? theirs.suggested() : naming.suggested(),
            naming.missing().isEmpty() ? theirs.missing() : naming.missing()),
        example.or(other::example));
  }

  private Signature asWideAsExample(Signature read) {
    return example.map(rows -> read.asWideAs(rows.rows())).orElse(read);
  }

  /**
   * The usage of a model.
   *
   * @param read its signature, if it can be told without loading the model
   * @throws IllegalArgumentException when something is named that the model does not have
   */
  Usage on(Optional<Signature> read) {
    if (read.isEmpty() && naming.states()) {
      throw new IllegalArgumentException(
          "its inputs cannot be told without loading it, so its columns cannot be named");
    }
    List<String> columns = example.map(ExampleJson::columns).orElse(List.of());
    return new Usage(
        read.map(this::asWideAsExample).map(naming.orSuggesting(columns)::on),
        Naming.NONE,
        example.map(ExampleJson::rows),
        example.map(ExampleJson::text).orElse(""));
  }
}
