package io.manymodels.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;

/** Two generations of certificates in a folder, as cert-manager replaces them. Not thread-safe. */
public final class ReplacedCertificates {
  private static final List<String> GENERATIONS = List.of("first", "second");

  private final Path folder;
  private final Path secret;
  private final List<TestCertificates> made = new ArrayList<>();

  private ReplacedCertificates(Path folder) {
    this.folder = folder;
    this.secret = folder.resolve("secret");
  }

  /** Of {@code localhost}; the first ones are there. */
  public static ReplacedCertificates make(Path folder) throws Exception {
    ReplacedCertificates certificates = new ReplacedCertificates(folder);
    for (String generation : GENERATIONS) {
      Path own = Files.createDirectory(folder.resolve(generation));
      certificates.made.add(TestCertificates.make(own, "localhost"));
    }
    certificates.replaceBy(0);
    return certificates;
  }

  /** Replaces all files at once, by generation 0 or 1. */
  public void replaceBy(int generation) throws IOException {
    Path next = folder.resolve("next");
    Files.createSymbolicLink(next, folder.resolve(GENERATIONS.get(generation)));
    Files.move(next, secret, StandardCopyOption.ATOMIC_MOVE);
  }

  /** A file that is replaced, as {@code server.pem}. */
  public String file(String name) {
    return secret.resolve(name).toString();
  }

  public TestCertificates generation(int generation) {
    return made.get(generation);
  }

  public List<Path> authorities() {
    return made.stream().map(TestCertificates::authority).toList();
  }
}
