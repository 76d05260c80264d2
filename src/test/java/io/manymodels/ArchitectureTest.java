package io.manymodels;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget.CodeUnitAccessTarget;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import io.manymodels.application.Dispatcher;
import io.manymodels.application.ServedModels;
import io.manymodels.artifact.ArtifactCache;
import io.manymodels.artifact.ArtifactStore;
import io.manymodels.artifact.WritableArtifactStore;
import io.manymodels.config.Environment;
import io.manymodels.inference.ModelLoader;
import io.manymodels.loading.LoadRecords;
import io.manymodels.placement.PlacementStore;
import io.manymodels.registry.ModelEvents;
import io.manymodels.registry.ModelRegistry;
import io.manymodels.registry.WritableModelRegistry;
import io.manymodels.testing.ArtifactCacheContract;
import io.manymodels.testing.ArtifactStoreContract;
import io.manymodels.testing.LoadRecordsContract;
import io.manymodels.testing.ModelEventsContract;
import io.manymodels.testing.ModelLoaderContract;
import io.manymodels.testing.ModelRegistryContract;
import io.manymodels.testing.PlacementStoreContract;
import io.manymodels.testing.WritableArtifactStoreContract;
import io.manymodels.testing.WritableModelRegistryContract;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.Timer;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.BaseStream;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;

/** The rules of the layout that a compiler does not check. */
@AnalyzeClasses(
    packages = ArchitectureTest.ROOT,
    importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  static final String ROOT = "io.manymodels";
  private static final int MAX_LINES = 300;
  private static final int MAX_MEDIAN_LINES = 75;

  /** A list, which is looked up and not read, and must be one: see its Javadoc. */
  private static final String LIST = "io/manymodels/config/Setting.java";

  /** Each port, and what every adapter of it is tested by. */
  private static final Map<Class<?>, Class<?>> CONTRACTS =
      Map.of(
          ArtifactCache.class, ArtifactCacheContract.class,
          ArtifactStore.class, ArtifactStoreContract.class,
          WritableArtifactStore.class, WritableArtifactStoreContract.class,
          ModelRegistry.class, ModelRegistryContract.class,
          ModelEvents.class, ModelEventsContract.class,
          WritableModelRegistry.class, WritableModelRegistryContract.class,
          ModelLoader.class, ModelLoaderContract.class,
          LoadRecords.class, LoadRecordsContract.class,
          PlacementStore.class, PlacementStoreContract.class);

  /** Each library, and the packages that may know it. */
  private static final Map<String, List<String>> LIBRARIES =
      Map.ofEntries(
          Map.entry("ai.onnxruntime..", List.of("adapter.onnx")),
          Map.entry("redis.clients..", List.of("adapter.redis")),
          Map.entry("com.azure..", List.of("adapter.azureblob", "adapter.azureml")),
          Map.entry("io.ray..", List.of("deployment")),
          Map.entry("io.netty..", List.of("transport", "http", "tls", "grpc")),
          Map.entry("io.grpc..", List.of("grpc")),
          Map.entry("io.opentelemetry..", List.of("adapter.otlp")),
          Map.entry("com.google..", List.of("grpc")),
          Map.entry("inference..", List.of("grpc")),
          Map.entry("io.prometheus..", List.of("http")),
          Map.entry("org.snakeyaml..", List.of("json", "cli.callers")),
          Map.entry(
              "com.fasterxml..",
              List.of("json", "http", "protocol", "adapter", "formats", "tools.chaos")),
          Map.entry(
              "com.github.benmanes..",
              List.of(
                  "access",
                  "quota",
                  "holding",
                  "loading",
                  "protocol",
                  "stats",
                  "tools.simulation")),
          Map.entry("com.nimbusds..", List.of("access")),
          Map.entry("io.github.bucket4j..", List.of("quota")),
          Map.entry("picocli..", List.of("cli")));

  private static final Set<String> PROCESS_CALLS =
      Set.of("gc", "exit", "load", "loadLibrary", "getProperty", "getProperties");

  @ArchTest
  static final ArchRule theCoreKnowsOnlyTheJdk =
      classes()
          .that(
              resideInAnyPackage(
                  packages(
                      "model",
                      "time",
                      "artifact",
                      "registry",
                      "inference",
                      "tensor",
                      "measuring",
                      "placement",
                      "routing",
                      "tracing",
                      "config")))
          .should()
          .onlyDependOnClassesThat(
              resideInAnyPackage("java..", "org.jspecify.annotations..", ROOT + ".."));

  /** Caffeine, because the simulator compares our policy with the one in it. */
  @ArchTest
  static final ArchRule theSimulationKnowsTheJdkAndCaffeine =
      classes()
          .that(resideInAnyPackage(packages("stats", "tools.simulation")))
          .should()
          .onlyDependOnClassesThat(
              resideInAnyPackage(
                  "java..", "org.jspecify.annotations..", "com.github.benmanes..", ROOT + ".."));

  @ArchTest
  static final ArchRule noPackageHasACycle =
      slices().matching(ROOT + ".(**)").should().beFreeOfCycles();

  @ArchTest static final ArchRule tracesKnowNoUseCase = onlyKnows("tracing", "config", "model");

  @ArchTest static final ArchRule theModelDependsOnNothing = onlyKnows("model");

  @ArchTest static final ArchRule tensorsKnowNoFormatOrProtocol = onlyKnows("tensor", "model");

  @ArchTest
  static final ArchRule placementIsPure =
      onlyKnows("placement", "model", "time", "stats", "config");

  @ArchTest
  static final ArchRule measuringKnowsNothingOfWhatIsMeasured =
      onlyKnows("measuring", "model", "time");

  @ArchTest static final ArchRule threadsKnowNoUseCase = onlyKnows("threads", "model", "time");

  @ArchTest
  static final ArchRule aDispatcherKnowsNothingOfTheOtherProcesses =
      onlyKnows(
          "scoring",
          "model",
          "tracing",
          "tensor",
          "time",
          "measuring",
          "stats",
          "threads",
          "inference",
          "placement",
          "routing",
          "config");

  @ArchTest
  static final ArchRule whoMayAskDependsOnNoProtocol =
      onlyKnows("access", "model", "time", "threads", "files", "config", "json", "quota");

  @ArchTest
  static final ArchRule quotasDependOnNoProtocol = onlyKnows("quota", "model", "time", "config");

  @ArchTest
  static final ArchRule loadingKnowsPortsOnly =
      onlyKnows(
          "loading",
          "model",
          "tracing",
          "tensor",
          "time",
          "measuring",
          "stats",
          "threads",
          "artifact",
          "registry",
          "inference");

  @ArchTest
  static final ArchRule aReplicaHoldsWhatItLoads =
      onlyKnows(
          "holding",
          "model",
          "tracing",
          "tensor",
          "time",
          "measuring",
          "stats",
          "threads",
          "artifact",
          "registry",
          "inference",
          "placement",
          "routing",
          "config",
          "loading");

  @ArchTest
  static final ArchRule aRehearsalKnowsWhatAReplicaHoldsAndNoStore =
      onlyKnows(
          "rehearsal",
          "model",
          "tracing",
          "tensor",
          "time",
          "stats",
          "threads",
          "artifact",
          "registry",
          "inference",
          "placement",
          "routing",
          "config",
          "loading",
          "holding",
          "json");

  @ArchTest
  static final ArchRule sharedMemoryKnowsReplicasByTheirReports =
      onlyKnows(
          "placing",
          "model",
          "tracing",
          "time",
          "stats",
          "threads",
          "placement",
          "routing",
          "config",
          "holding",
          "loading");

  @ArchTest
  static final ArchRule theWatcherKnowsReplicasByTheirReports =
      onlyKnows(
          "watching", "model", "tracing", "time", "threads", "registry", "routing", "holding");

  @ArchTest
  static final ArchRule adaptersKnowTheCoreAndJsonButNotEachOther =
      slices()
          .matching(ROOT + ".adapter.(*)..")
          .should()
          .notDependOnEachOther()
          .allowEmptyShould(true);

  @ArchTest
  static final ArchRule nobodyKnowsAnAdapter =
      noClasses()
          .that(
              resideInAPackage(ROOT + "..")
                  .and(DescribedPredicate.not(resideInAPackage(ROOT + ".adapter.."))))
          .should()
          .dependOnClassesThat(resideInAPackage(ROOT + ".adapter.."));

  /** By ports, whose adapters are in {@code adapter.node}. */
  @ArchTest
  static final ArchRule useCasesDoNotTouchTheOperatingSystem =
      noClasses()
          .that(
              resideInAnyPackage(
                  packages(
                      "model",
                      "artifact",
                      "registry",
                      "inference",
                      "tensor",
                      "measuring",
                      "placement",
                      "routing",
                      "stats",
                      "threads",
                      "loading",
                      "holding",
                      "placing",
                      "watching",
                      "scoring")))
          .should()
          .dependOnClassesThat(
              resideInAnyPackage(
                  "java.nio.file..", "java.nio.channels..", "java.lang.management.."))
          .orShould()
          .dependOnClassesThat(
              DescribedPredicate.describe(
                  "are of the operating system", ArchitectureTest::isOfTheOperatingSystem))
          .orShould()
          .accessTargetWhere(
              DescribedPredicate.describe(
                  "is about this process",
                  access ->
                      access.getTargetOwner().isEquivalentTo(System.class)
                          && PROCESS_CALLS.contains(access.getName())));

  private static boolean isOfTheOperatingSystem(JavaClass type) {
    return type.isEquivalentTo(Runtime.class)
        || type.isAssignableTo(Process.class)
        || type.isAssignableTo(ProcessBuilder.class)
        || type.isAssignableTo(ProcessHandle.class)
        || (type.getPackageName().equals("java.io") && type.getSimpleName().startsWith("File"))
        || (type.getPackageName().equals("java.net") && !type.isEquivalentTo(URI.class));
  }

  @ArchTest
  static final ArchRule nobodyBelowKnowsTheEdge =
      noClasses()
          .that(
              resideInAPackage(ROOT + "..")
                  .and(
                      DescribedPredicate.not(
                          resideInAnyPackage(
                              packages("http", "protocol", "deployment", "standalone", "cli")))))
          .should()
          .dependOnClassesThat(resideInAnyPackage(packages("http", "cli")));

  /** So that nothing of gRPC is loaded where its port is not configured. */
  @ArchTest
  static final ArchRule onlyTheRootsKnowGrpc =
      noClasses()
          .that(
              DescribedPredicate.not(
                  resideInAnyPackage(packages("grpc", "deployment", "standalone", "cli.serve"))))
          .should()
          .dependOnClassesThat(resideInAnyPackage(packages("grpc")));

  /** Which asks first what a caller may. */
  @ArchTest
  static final ArchRule onlyServedModelsReachAPrediction =
      noClasses()
          .that()
          .areNotAssignableTo(ServedModels.class)
          .should()
          .callMethodWhere(
              DescribedPredicate.describe(
                  "scores by the Dispatcher",
                  call ->
                      call.getTargetOwner().isEquivalentTo(Dispatcher.class)
                          && call.getName().equals("score")));

  /** Whether it is a process of Ray's, or the only one. */
  @ArchTest
  static final ArchRule nothingBelowTheRootsKnowsWhichOneItIsIn =
      noClasses()
          .that(DescribedPredicate.not(resideInAnyPackage(packages("deployment"))))
          .should()
          .dependOnClassesThat(resideInAnyPackage(packages("deployment")));

  @ArchTest
  static final ArchRule onlyItsCommandKnowsTheOneProcess =
      noClasses()
          .that(DescribedPredicate.not(resideInAnyPackage(packages("standalone", "cli.serve"))))
          .should()
          .dependOnClassesThat(resideInAnyPackage(packages("standalone")));

  @ArchTest
  static final ArchRule onlyTheCommandLineKnowsChaos =
      noClasses()
          .that(DescribedPredicate.not(resideInAnyPackage(packages("tools.chaos", "cli"))))
          .should()
          .dependOnClassesThat(resideInAnyPackage(packages("tools.chaos")));

  @ArchTest
  static final ArchRule onlyTheTimePackageReadsTheClock =
      noClasses()
          .that(DescribedPredicate.not(resideInAPackage(ROOT + ".time")))
          .should()
          .callMethod(System.class, "nanoTime")
          .orShould()
          .callMethod(System.class, "currentTimeMillis")
          .orShould()
          .callMethod(Instant.class, "now")
          .orShould()
          .dependOnClassesThat()
          .areAssignableTo(Clock.class);

  /** So that docs/reference.md, which is made from {@code Setting}, has every variable. */
  @ArchTest
  static final ArchRule onlyTheEnvironmentReadsVariables =
      noClasses()
          .that()
          .areNotAssignableTo(Environment.class)
          .should()
          .callMethod(System.class, "getenv")
          .orShould()
          .callMethod(System.class, "getenv", String.class);

  @ArchTest
  static final ArchRule nobodySleeps =
      noClasses()
          .should()
          .callMethod(Thread.class, "sleep", long.class)
          .orShould()
          .callMethod(Thread.class, "sleep", long.class, int.class)
          .orShould()
          .callMethodWhere(
              DescribedPredicate.describe(
                  "sleeps by TimeUnit",
                  call ->
                      call.getTargetOwner().isEquivalentTo(TimeUnit.class)
                          && call.getName().equals("sleep")));

  /** By pools and loops of the package {@code threads}, which are named and bounded. */
  @ArchTest
  static final ArchRule onlyTheThreadsPackageCreatesThreads =
      noClasses()
          .that(DescribedPredicate.not(resideInAPackage(ROOT + ".threads")))
          .should()
          .callConstructorWhere(
              DescribedPredicate.describe(
                  "creates a thread", call -> call.getTargetOwner().isAssignableTo(Thread.class)))
          .orShould()
          .dependOnClassesThat()
          .areAssignableTo(ThreadPoolExecutor.class)
          .orShould()
          .dependOnClassesThat()
          .areAssignableTo(Executors.class)
          .orShould()
          .dependOnClassesThat()
          .areAssignableTo(ForkJoinPool.class)
          .orShould()
          .dependOnClassesThat()
          .areAssignableTo(Timer.class)
          .orShould()
          .callMethodWhere(
              DescribedPredicate.describe(
                  "runs on the JVM's common pool",
                  call -> isAsynchronous(call.getTarget()) || isParallel(call.getTarget())));

  private static boolean isAsynchronous(CodeUnitAccessTarget target) {
    return target.getOwner().isAssignableTo(CompletableFuture.class)
        && target.getName().endsWith("Async")
        && target.getRawParameterTypes().stream()
            .noneMatch(type -> type.isEquivalentTo(Executor.class));
  }

  private static boolean isParallel(CodeUnitAccessTarget target) {
    return target.getName().equals("parallelStream")
        || (target.getName().equals("parallel")
            && target.getOwner().isAssignableTo(BaseStream.class));
  }

  @ArchTest
  static final ArchRule namesSayWhatAClassIs =
      noClasses().should().haveNameMatching(".*(Manager|Utils?|Helper|Impl)");

  @ArchTest
  static void noTwoClassesShareASimpleName(JavaClasses classes) {
    Map<String, List<String>> byName =
        classes.stream()
            .filter(JavaClass::isTopLevelClass)
            .filter(candidate -> !candidate.getSimpleName().equals("package-info"))
            .collect(
                Collectors.groupingBy(
                    JavaClass::getSimpleName,
                    TreeMap::new,
                    Collectors.mapping(JavaClass::getName, Collectors.toList())));
    byName.values().removeIf(names -> names.size() == 1);
    assertThat(byName).as("top-level classes with the same simple name").isEmpty();
  }

  @ArchTest
  static void everyLibraryStaysInItsPackages(JavaClasses classes) {
    LIBRARIES.forEach(
        (library, allowed) ->
            noClasses()
                .that(
                    DescribedPredicate.not(
                        resideInAnyPackage(packages(allowed.toArray(String[]::new)))))
                .should()
                .dependOnClassesThat(resideInAPackage(library))
                .check(classes));
  }

  @ArchTest
  static void nullIsNamedInEveryPackage(JavaClasses classes) {
    List<String> unmarked =
        classes.getPackage(ROOT).getSubpackagesInTree().stream()
            .filter(inner -> !inner.getClasses().isEmpty() && !isNullMarked(inner))
            .map(JavaPackage::getName)
            .toList();
    assertThat(unmarked).as("packages without a @NullMarked package-info").isEmpty();
  }

  @ArchTest
  static void everyAdapterPassesTheContractOfItsPort(JavaClasses classes) {
    JavaClasses tests =
        new ClassFileImporter()
            .withImportOption(new ImportOption.OnlyIncludeTests())
            .importPackages(ROOT);
    CONTRACTS.forEach(
        (port, contract) ->
            classes()
                .that()
                .areAssignableTo(port)
                .and()
                .resideInAPackage(ROOT + ".adapter..")
                .and(isConcrete())
                .should(haveATestThatExtends(contract, tests))
                .check(classes));
  }

  @ArchTest
  static void noFileIsLongerThanOneCanRead(JavaClasses classes) throws IOException {
    Map<String, Integer> lines = new TreeMap<>();
    try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
      for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
        if (!file.endsWith(LIST)) {
          lines.put(file.toString(), Files.readAllLines(file).size());
        }
      }
    }
    lines.forEach(
        (file, count) -> assertThat(count).as("lines of %s", file).isLessThanOrEqualTo(MAX_LINES));
    int[] sorted = lines.values().stream().mapToInt(Integer::intValue).sorted().toArray();
    assertThat(sorted[sorted.length / 2]).as("median lines of a file").isLessThan(MAX_MEDIAN_LINES);
  }

  /** The package may depend on these of ours and no other; what it knows beside them is free. */
  private static ArchRule onlyKnows(String inner, String... allowed) {
    return noClasses()
        .that(resideInAnyPackage(packages(inner)))
        .should()
        .dependOnClassesThat(
            resideInAPackage(ROOT + "..")
                .and(
                    DescribedPredicate.not(
                        resideInAnyPackage(
                            Stream.concat(Stream.of(inner), Stream.of(allowed))
                                .map(name -> ROOT + "." + name + "..")
                                .toArray(String[]::new)))));
  }

  private static String[] packages(String... names) {
    return Stream.of(names).map(name -> ROOT + "." + name + "..").toArray(String[]::new);
  }

  private static boolean isNullMarked(JavaPackage inner) {
    return inner
        .tryGetPackageInfo()
        .map(info -> info.isAnnotatedWith(NullMarked.class))
        .orElse(false);
  }

  private static DescribedPredicate<JavaClass> isConcrete() {
    return DescribedPredicate.describe(
        "are concrete",
        candidate ->
            !candidate.isInterface() && !candidate.getModifiers().contains(JavaModifier.ABSTRACT));
  }

  private static ArchCondition<JavaClass> haveATestThatExtends(
      Class<?> contract, JavaClasses tests) {
    return new ArchCondition<>("have a test <name>Test or <name>IT that extends " + contract) {
      @Override
      public void check(JavaClass adapter, ConditionEvents events) {
        Predicate<JavaClass> isItsTest =
            test ->
                test.isAssignableTo(contract)
                    && test.getPackageName().equals(adapter.getPackageName())
                    && test.getSimpleName().matches(adapter.getSimpleName() + "(.*Test|.*IT)");
        events.add(
            new SimpleConditionEvent(
                adapter,
                tests.stream().anyMatch(isItsTest),
                adapter.getName() + " has no test that extends " + contract.getName()));
      }
    };
  }
}
