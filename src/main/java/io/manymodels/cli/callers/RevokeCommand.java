package io.manymodels.cli.callers;

import io.manymodels.cli.console.BadInputException;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Takes a caller out of the file, or one key of it. */
@Command(
    name = "revoke",
    description = "Take a caller, or one of its keys, out of the callers file.")
final class RevokeCommand implements Runnable {
  @Mixin private CallersFileOption file = new CallersFileOption();

  @Parameters(index = "0", paramLabel = "NAME", description = "The caller's name.")
  private String name = "";

  @Option(
      names = "--key",
      paramLabel = "DIGITS",
      description = "Only the key whose SHA-256 begins with these digits, as `list` shows them.")
  private @Nullable String key;

  /** What is told of it. */
  private record Revoked(String name, int keys) {}

  @Override
  public void run() {
    AtomicInteger gone = new AtomicInteger();
    file.change(
        false,
        text -> {
          String changed =
              CallersYaml.without(
                  text,
                  entry -> {
                    boolean matches = matches(entry);
                    gone.addAndGet(matches ? 1 : 0);
                    return matches;
                  });
          if (gone.get() == 0) {
            throw missing();
          }
          return changed;
        });
    file.print(
        new Revoked(name, gone.get()),
        "revoked " + name + ", " + gone + (gone.get() == 1 ? " key" : " keys"));
  }

  private boolean matches(Map<String, String> entry) {
    return name.equals(entry.get("name"))
        && (key == null || entry.getOrDefault("key_sha256", "").startsWith(key));
  }

  private BadInputException missing() {
    return key == null
        ? BadInputException.of("NAME", name, "no caller has this name")
        : BadInputException.of("--key", key, "no key of " + name + " has a SHA-256 like this");
  }
}
