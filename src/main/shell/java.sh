# shellcheck shell=bash
# Finds Java, and starts the application's jar. Sourced by many-models.

minimum_java=17
get_java="Get a JDK $minimum_java or later with: apt-get install openjdk-17-jdk-headless (macOS: brew install openjdk@17), \
or set JAVA_HOME to one"
main_class=io.manymodels.cli.Main
# Where macOS tells which JDKs are installed.
java_home_tool=/usr/libexec/java_home

java_home=
java_major=

# Sets java_home and java_major. JAVA_HOME counts before PATH.
find_java() {
  local named=${JAVA_HOME:-} found
  if [[ -n $named ]]; then
    [[ -x $named/bin/java ]] || fail "JAVA_HOME is $named, which has no bin/java. $get_java"
    take_java "$named" || fail "$(too_old). $get_java"
    return
  fi
  found=$(home_on_path)
  if [[ -n $found ]] && take_java "$found"; then
    return
  fi
  if [[ -x $java_home_tool ]] && named=$("$java_home_tool" -v "$minimum_java+" 2>/dev/null) && take_java "$named"; then
    return
  fi
  [[ -z $found ]] || fail "$(too_old). $get_java"
  fail "Java is neither on PATH nor in JAVA_HOME. $get_java"
}

# take_java HOME: whether Java there is new enough.
take_java() {
  local version
  java_home=$1
  version=$(version_of "$1")
  version=${version#1.}
  java_major=${version%%[!0-9]*}
  [[ -n $java_major ]] && ((java_major >= minimum_java))
}

too_old() {
  printf 'Java in %s is version %s, needed is %s or later' "$java_home" "${java_major:-unknown}" "$minimum_java"
}

# version_of HOME: as 17.0.15 or 1.8.0_402. Asking Java itself takes longer than all else here.
version_of() {
  local line
  if [[ -r $1/release ]]; then
    while IFS= read -r line; do
      if [[ $line == JAVA_VERSION=* ]]; then
        line=${line#*=\"}
        printf '%s' "${line%%\"*}"
        return
      fi
    done <"$1/release"
  fi
  "$1/bin/java" -version 2>&1 | sed -n 's/.* version "\([^"]*\)".*/\1/p' | head -n 1
}

# The home of the java on PATH, which may be a link or a script that chooses one; nothing if there is none.
home_on_path() {
  local java link
  java=$(type -P java) || return 0
  while [[ -L $java ]]; do
    link=$(readlink -- "$java")
    if [[ $link == /* ]]; then java=$link; else java=$(dirname -- "$java")/$link; fi
  done
  if [[ $java == */bin/java && -r ${java%/bin/java}/release ]]; then
    (CDPATH='' cd -P -- "${java%/bin/java}" && pwd)
  else
    # macOS has a java that only says that there is none.
    { "$java" -XshowSettings:properties -version 2>&1 || true; } | sed -n 's/^ *java\.home = //p' | head -n 1
  fi
}

# become_java COMMAND [ARGUMENT...]: replaces this process, so that signals, output and exit code are the JVM's.
become_java() {
  local options path
  # The user's own come last: the last of two wins.
  java_options "$1"
  path=$jar$(extra_jars)
  java_environment
  set -f
  # shellcheck disable=SC2086 # words
  exec "$java_home/bin/java" "${options[@]}" ${MANY_MODELS_JAVA_OPTIONS:-} -cp "$path" "$main_class" "$@"
}

# Of users' loaders of other model formats.
extra_jars() {
  local named each
  [[ -n ${MANY_MODELS_EXTRA_JARS:-} ]] || return 0
  IFS=: read -r -a named <<<"$MANY_MODELS_EXTRA_JARS"
  for each in ${named[@]+"${named[@]}"}; do
    [[ -n $each ]] || continue
    [[ $each == *.jar && -f $each ]] || fail "MANY_MODELS_EXTRA_JARS names $each, which is not a jar"
    printf ':%s' "$each"
  done
}

# java_options COMMAND: sets options.
java_options() {
  if [[ $1 == serve ]]; then
    options=("@$root/deploy/standalone/java.options")
  else
    # What java.options has for `serve` would end a command without its own message when memory is short.
    options=(-XX:+UseSerialGC -Dfile.encoding=UTF-8 -Xshare:auto '-Xlog:cds*=off')
  fi
  # So that the same simulation prints the same.
  [[ $1 != simulate ]] || options+=(--add-opens=java.base/java.lang=ALL-UNNAMED)
  ((java_major < 22)) || options+=(--enable-native-access=ALL-UNNAMED)
  ((java_major < 23)) || options+=(--sun-misc-unsafe-memory-access=allow)
  [[ ! -d $native ]] || options+=("-Donnxruntime.native.path=$native")
  # Only when it is there: named a missing one, Java goes without its own too.
  [[ ! -f $class_data ]] || options+=("-XX:SharedArchiveFile=$class_data")
}

# Leaves out what makes a JVM talk or belongs to others; MANY_MODELS_JAVA_OPTIONS is ours.
java_environment() {
  unset JDK_JAVA_OPTIONS JAVA_TOOL_OPTIONS _JAVA_OPTIONS CLASSPATH
  # Many threads that call native code would each keep freed memory of their own.
  export MALLOC_ARENA_MAX=${MALLOC_ARENA_MAX:-2}
  # Java decodes arguments, paths and variables by the charset of the locale; on macOS that is UTF-8 in any case.
  [[ $(uname -s) == Darwin ]] || export LC_ALL=C.UTF-8
}
