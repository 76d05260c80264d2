package io.manymodels.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.manymodels.adapter.file.FileModelRegistryProvider;
import io.manymodels.model.ModelVersion;
import io.manymodels.tools.fleet.Fleet;
import io.manymodels.tools.fleet.FleetKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A registry of 100,000 tenants. */
@OnlyInOneProcess("a cluster reads the registry in the same way")
class FleetIT {
  private static final int TENANTS = 100_000;
  private static final List<Integer> PUBLISHED = List.of(1, 50_000, TENANTS);
  private static final Fleet FLEET = new Fleet(FleetKind.VERSION, 1, "it-", new ModelVersion(1));

  @TempDir private Path folder;

  @Test
  void itStartsAtOnceAndServesAnyOfThem() throws IOException {
    Path models = Files.createDirectory(folder.resolve("models"));
    try (var registry = new FileModelRegistryProvider().openWritable(models.toUri())) {
      PUBLISHED.forEach(number -> FLEET.publish(number, registry));
    }
    registerTheOthers(models);
    long began = System.nanoTime();

    try (OneProcessRoot root = OneProcessRoot.start(Serve.in(folder))) {
      Application application = Application.of(root);
      for (int number : PUBLISHED) {
        String tenant = FLEET.tenant(number).value();
        JsonNode answer = application.score(tenant, Expected.row("tenant1", 0)).ok();
        assertThat(answer.at("/prediction/0").asLong()).isEqualTo(FleetKind.answer(number, 1));
      }
      System.out.printf(
          "FIGURE %d tenants: %.1f s from start to the third score%n",
          TENANTS, (System.nanoTime() - began) / 1e9);
      String unknown = FLEET.tenant(TENANTS + 1).value();
      assertThat(application.score(unknown, Expected.row("tenant1", 0)).status()).isEqualTo(404);
    }
  }

  /** As links to one of those: 100,000 real folders take longer to make than all else here. */
  private static void registerTheOthers(Path models) throws IOException {
    Path model = models.resolve(FLEET.tenant(1).value());
    for (int number = 1; number <= TENANTS; number++) {
      if (!PUBLISHED.contains(number)) {
        Files.createSymbolicLink(models.resolve(FLEET.tenant(number).value()), model);
      }
    }
  }
}
