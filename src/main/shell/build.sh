# shellcheck shell=bash
# Builds the jar and what starts it faster: class data, and unpacked libraries. Sourced by many-models.

get_maven="Get it with: apt-get install maven (macOS: brew install maven), or unpack Apache Maven 3.6.3 or later and put \
its bin folder on PATH"
lines_shown=12
turn_seconds=900
training_seconds=60

runtime=$root/.runtime
target=$root/target
jar=$target/many-models.jar
class_data=$target/many-models.jsa
native=$target/native
build_log=$runtime/build.log
class_data_log=$runtime/class-data.log
# The launcher takes it too, when it builds.
build_lock=$runtime/build.lock

# prepare COMMAND: everything that is missing or out of date. A second process waits for the first.
prepare() {
  if is_prepared "$1"; then
    return
  fi
  if ! mkdir -p -- "$runtime" "$target" 2>/dev/null || [[ ! -w $runtime || ! -w $target ]]; then
    [[ -f $jar ]] || fail "$jar has to be built, and $root cannot be written to"
    return 0
  fi
  take_turn
  is_built || build
  have_libraries || unpack_libraries
  [[ $1 != serve ]] || has_class_data || make_class_data
  give_back
}

is_prepared() {
  is_built && have_libraries && { [[ $1 != serve ]] || has_class_data; }
}

# A folder is newer than the jar when a file in it was added or removed.
is_built() {
  [[ -f $jar && -z $(newer_sources | head -n 1) ]]
}

newer_sources() {
  cd -- "$root" && find pom.xml .mvn/jvm.config src/main/java src/main/resources -newer "$jar" 2>/dev/null
}

take_turn() {
  local holder waited=0
  until ln -s -- "$$" "$build_lock" 2>/dev/null; do
    holder=$(readlink -- "$build_lock" 2>/dev/null) || continue
    if ! kill -0 "$holder" 2>/dev/null; then
      rm -f -- "$build_lock"
      continue
    fi
    ((waited > 0)) || printf 'many-models: waiting for process %s, which is building ...\n' "$holder" >&2
    ((waited < turn_seconds)) ||
      fail "process $holder has been building for $turn_seconds s; if it is not, remove $build_lock"
    sleep 1
    waited=$((waited + 1))
  done
  child=
  trap give_back EXIT
  trap 'stop_child; exit 130' INT
  trap 'stop_child; exit 143' TERM
}

give_back() {
  [[ $(readlink -- "$build_lock" 2>/dev/null) != "$$" ]] || rm -f -- "$build_lock"
  trap - EXIT INT TERM
}

# A program in the background, whose end is waited for, so that signals are heard meanwhile.
stop_child() {
  [[ -z $child ]] || kill "$child" 2>/dev/null || true
}

build() {
  local started=$SECONDS
  [[ -x $java_home/bin/javac ]] || fail "Java in $java_home has no compiler (bin/javac): building needs a JDK. $get_java"
  type -P mvn >/dev/null || fail "Maven (mvn) is not on PATH, and builds target/many-models.jar. $get_maven"
  printf 'many-models: building target/many-models.jar ...\n' >&2
  : >"$runtime/build.started"
  # A repository of Maven that was emptied after `./many-models setup` lacks Ray, which `serve` does without.
  if ! maven && ! { grep -q 'io\.ray:' "$build_log" && maven -P '!with-ray,without-ray'; }; then
    printf 'many-models: the build failed; the whole log is %s\n' "$build_log" >&2
    wrong_lines >&2
    exit 1
  fi
  [[ -f $jar ]] || fail "the build made no $jar: pom.xml has to name the jar so"
  # What is changed during the build is newer.
  touch -r "$runtime/build.started" "$jar"
  printf 'many-models: built target/many-models.jar (%s s)\n' "$((SECONDS - started))" >&2
}

maven() {
  (
    cd -- "$root"
    # Maven itself honours them from 3.9 on only.
    arguments=${MAVEN_ARGS:-}
    unset MAVEN_ARGS JDK_JAVA_OPTIONS
    export JAVA_HOME=$java_home
    # shellcheck disable=SC2086 # words
    exec mvn $arguments -B -ntp -Dmaven.test.skip=true "$@" package
  ) </dev/null >"$build_log" 2>&1 &
  child=$!
  wait "$child"
}

# The first lines that say what is wrong, without what Maven says of itself after each failure.
wrong_lines() {
  if grep -q '^\[ERROR\]' "$build_log"; then
    grep '^\[ERROR\] ' "$build_log" | grep -v -e '-> \[Help' -e '\[Help ' -e 'To see the full' -e 'Re-run Maven' \
      -e 'For more information' | head -n "$lines_shown"
  else
    tail -n "$lines_shown" "$build_log"
  fi
}

# As onnxruntime names the folder of this machine's libraries in its jar.
platform() {
  local system machine
  case $(uname -s) in
    Linux) system=linux ;;
    Darwin) system=osx ;;
    *) system=other ;;
  esac
  case $(uname -m) in
    x86_64 | amd64) machine=x64 ;;
    aarch64 | arm64) machine=aarch64 ;;
    *) machine=other ;;
  esac
  printf '%s-%s' "$system" "$machine"
}

have_libraries() {
  is_of_jar "$native.made"
}

# is_of_jar FILE: whether it was made of the jar that is there. Bash 3.2 compares whole seconds.
is_of_jar() {
  [[ -f $1 && ! $jar -nt $1 ]]
}

# Otherwise every start unpacks them. A library is replaced, never overwritten: a JVM may have mapped it.
unpack_libraries() {
  local fresh=$native.$$ folder each
  folder=ai/onnxruntime/native/$(platform)
  rm -rf -- "$fresh"
  mkdir -p -- "$fresh" "$native"
  if (cd -- "$fresh" && "$java_home/bin/jar" xf "$jar" "$folder") >/dev/null 2>&1 && [[ -d $fresh/$folder ]]; then
    for each in "$fresh/$folder"/*; do
      mv -f -- "$each" "$native/"
    done
  else
    rm -rf -- "$native"
  fi
  rm -rf -- "$fresh"
  : >"$native.made"
}

# It fits one jar and one Java: any other finds that out by itself and goes without.
has_class_data() {
  is_of_jar "$class_data.made" && [[ $(<"$class_data.made") == "$java_home $(version_of "$java_home")" ]]
}

# Of a run that serves the demo and scores once. Without it Java starts all the same, so a failure is only in the log.
# A rehearsal would still be under way when that ends, so what is in the archive would be chance.
make_class_data() {
  local fresh=$class_data.$$ options address
  printf 'many-models: preparing class data, once ...\n' >&2
  rm -f -- "$class_data"
  : >"$class_data_log"
  java_options serve
  (
    for each in ${!MANY_MODELS_@}; do
      unset "$each"
    done
    java_environment
    export MANY_MODELS_DRAIN_S=0 MANY_MODELS_REHEARSAL=off
    exec "$java_home/bin/java" "${options[@]}" "-XX:ArchiveClassesAtExit=$fresh" -cp "$jar" "$main_class" serve \
      --port 0 --registry "$root/models" --state memory:class-data
  ) </dev/null >>"$class_data_log" 2>&1 &
  child=$!
  await_address
  [[ -z $address ]] || score_at "$address" >>"$class_data_log" 2>&1 || true
  kill "$child" 2>/dev/null || true
  wait "$child" 2>/dev/null || true
  child=
  [[ ! -s $fresh ]] || mv -f -- "$fresh" "$class_data"
  rm -f -- "$fresh"
  printf '%s\n' "$java_home $(version_of "$java_home")" >"$class_data.made"
}

# Sets address to HOST:PORT when the child tells it; to nothing if it does not.
await_address() {
  local deadline=$((SECONDS + training_seconds))
  address=
  while [[ -z $address ]] && ((SECONDS < deadline)) && kill -0 "$child" 2>/dev/null; do
    sleep 0.1 2>/dev/null || sleep 1
    address=$(sed -n 's#.*POST http://\([^/]*\)/score.*#\1#p' "$class_data_log" | head -n 1)
  done
}

# score_at HOST:PORT: one request, and its answer's first line. With what bash has itself.
score_at() {
  local body='{"tenant": "tenant1", "data": [[5.1, 3.5, 1.4, 0.2]]}' line
  exec 3<>"/dev/tcp/${1%:*}/${1##*:}"
  printf 'POST /score HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %s\r\n\r\n%s' \
    "$1" "${#body}" "$body" >&3
  IFS= read -r -t "$training_seconds" line <&3
  exec 3>&-
  printf '%s\n' "$line"
}
