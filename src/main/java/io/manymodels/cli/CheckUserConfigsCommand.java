package io.manymodels.cli;

import io.manymodels.cli.console.BadInputException;
import io.manymodels.cli.console.ModelFile;
import io.manymodels.json.Json;
import io.manymodels.json.UserConfigJson;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Judges user_configs by the code that the replicas read them with. {@code ./many-models
 * check-config} asks it, which knows the lines of the file that they come from.
 */
@Command(
    name = "check-user-configs",
    hidden = true,
    description = "Print those of a JSON list of {kind, deployment, user_config} that are refused.")
final class CheckUserConfigsCommand implements Runnable {
  @Spec private @Nullable CommandSpec spec;

  @Parameters(paramLabel = "FILE", description = "The list.")
  private String file = "";

  /** Of which deployments' user_config is. */
  enum Kind {
    DISPATCHER,
    HOT,
    OVERFLOW,
    SHARED_MEMORY
  }

  /** A user_config as the bridge hands it to a replica: JSON in a text. */
  record Question(Kind kind, String deployment, String userConfig) {}

  /** Why a user_config is refused, in one line. */
  record Refusal(String deployment, String reason) {}

  @Override
  public void run() {
    List<Refusal> refusals = new ArrayList<>();
    for (Question question : questions()) {
      try {
        read(question);
      } catch (IllegalArgumentException e) {
        refusals.add(new Refusal(question.deployment(), String.valueOf(e.getMessage())));
      }
    }
    PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
    out.print(Json.write(refusals) + "\n");
    out.flush();
  }

  private static void read(Question question) {
    switch (question.kind()) {
      case DISPATCHER -> UserConfigJson.dispatcher(question.userConfig());
      case HOT -> UserConfigJson.hot(question.userConfig());
      case OVERFLOW -> UserConfigJson.overflow(question.userConfig());
      case SHARED_MEMORY -> UserConfigJson.placement(question.userConfig());
    }
  }

  private List<Question> questions() {
    Path path = ModelFile.path("FILE", file);
    try {
      return List.of(Json.read(Files.readString(path), Question[].class));
    } catch (IOException e) {
      throw BadInputException.of("FILE", file, "cannot be read");
    } catch (IllegalArgumentException e) {
      throw BadInputException.of("FILE", file, String.valueOf(e.getMessage()));
    }
  }
}
