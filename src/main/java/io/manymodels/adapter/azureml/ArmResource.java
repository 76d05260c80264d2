package io.manymodels.adapter.azureml;

import java.util.regex.Pattern;

/**
 * A workspace or registry of Azure Machine Learning.
 *
 * @param path absolute, on Azure Resource Manager; needs no encoding
 * @param label for people, as {@code Azure ML workspace W}
 */
record ArmResource(String path, String label) {
  private static final Pattern SUBSCRIPTION = Pattern.compile("[A-Za-z0-9-]{1,64}");
  private static final Pattern GROUP = Pattern.compile("[A-Za-z0-9_().-]{0,89}[A-Za-z0-9_()-]");
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]{1,63}");

  /** The owner of the models: a team's workspace, or a registry that many workspaces share. */
  enum Kind {
    WORKSPACE("workspaces", "workspace"),
    REGISTRY("registries", "registry");

    private final String segment;
    private final String word;

    Kind(String segment, String word) {
      this.segment = segment;
      this.word = word;
    }

    String segment() {
      return segment;
    }
  }

  /** Throws {@link IllegalArgumentException} on a name that Azure does not allow. */
  static ArmResource of(String subscription, String group, Kind kind, String name) {
    require(SUBSCRIPTION, subscription, "a subscription id");
    require(GROUP, group, "a resource group");
    require(NAME, name, "the name of a " + kind.word);
    return new ArmResource(
        "/subscriptions/"
            + subscription
            + "/resourceGroups/"
            + group
            + "/providers/Microsoft.MachineLearningServices/"
            + kind.segment
            + "/"
            + name,
        "Azure ML " + kind.word + " " + name);
  }

  private static void require(Pattern pattern, String value, String what) {
    if (!pattern.matcher(value).matches()) {
      throw new IllegalArgumentException("not " + what);
    }
  }

  @Override
  public String toString() {
    return label;
  }
}
