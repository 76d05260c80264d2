package io.manymodels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.ray.api.Ray;
import io.ray.runtime.RayNativeRuntime;
import io.ray.serve.api.Serve;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The jar goes into the folder of Ray's own jars, which a worker's class path names by a wildcard:
 * of a class that is in both, nobody knows which one wins. Runs in the phase verify, when the jar
 * is packed.
 */
@Tag("packaged")
class ClassPathTest {
  private static final Path OURS = Path.of("target/many-models.jar");

  @Test
  void noClassIsInOursAndInRays() throws Exception {
    assumeTrue(Files.exists(OURS), "there is no packed jar; mvn verify makes it");
    SortedSet<String> both = classes(OURS);
    assertThat(both).contains("io/manymodels/model/TenantId.class");
    SortedSet<String> rays = raysClasses();
    assertThat(rays).contains("io/ray/api/Ray.class", "org/slf4j/Logger.class");
    both.retainAll(rays);
    assertThat(both).as("classes in our jar and in Ray's").isEmpty();
  }

  private static SortedSet<String> raysClasses() throws Exception {
    SortedSet<String> classes = new TreeSet<>();
    for (Class<?> one : List.of(Ray.class, RayNativeRuntime.class, Serve.class)) {
      classes.addAll(
          classes(Path.of(one.getProtectionDomain().getCodeSource().getLocation().toURI())));
    }
    return classes;
  }

  private static SortedSet<String> classes(Path jar) throws IOException {
    try (JarFile file = new JarFile(jar.toFile());
        Stream<JarEntry> entries = file.stream()) {
      return entries
          .map(JarEntry::getName)
          .filter(name -> name.endsWith(".class"))
          .filter(name -> !name.startsWith("META-INF/") && !name.endsWith("module-info.class"))
          .collect(TreeSet::new, TreeSet::add, TreeSet::addAll);
    }
  }
}
