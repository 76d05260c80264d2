#!/bin/sh
# Puts the one process into a folder from which it starts fastest, for a service or an image:
#   sh install.sh JAR HOME            the jar, its libraries unpacked, class data of this Java, and jvm.options with all of it
#   sh install.sh JAR HOME libraries  only the libraries: a JDK has the program that unpacks them, a JRE has not
# Repeat it when the jar or Java has changed. What runs from HOME is not disturbed: each file is replaced by renaming.
set -eu
umask 022

minimum_java=17
training_seconds=60

fail() {
  printf 'install.sh: %s\n' "$*" >&2
  exit 1
}

[ "$#" -eq 2 ] || { [ "$#" -eq 3 ] && [ "$3" = libraries ]; } || fail "expected: install.sh JAR HOME [libraries]"
[ -f "$1" ] || fail "$1 is no file; ./many-models serve and mvn package make target/many-models.jar"
case $1$2 in *[\"\\]*) fail "no quotes and backslashes in paths" ;; esac
folder=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
jar=$(CDPATH='' cd -- "$(dirname -- "$1")" && pwd)/$(basename -- "$1")
mkdir -p -- "$2" 2>/dev/null || fail "$2 cannot be made"
home=$(CDPATH='' cd -- "$2" && pwd)
fresh=$(mktemp -d "$home/.new.XXXXXX" 2>/dev/null) || fail "$home cannot be written to"
process=
trap '[ -z "$process" ] || kill "$process" 2>/dev/null || true; rm -rf -- "$fresh"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Of ONNX Runtime, and what Netty needs for epoll: otherwise each start writes them to the folder for temporary files.
unpack_libraries() {
  case $(uname -s)-$(uname -m) in
    Linux-x86_64 | Linux-amd64) onnx=linux-x64 netty=x86_64 ;;
    Linux-aarch64 | Linux-arm64) onnx=linux-aarch64 netty=aarch_64 ;;
    *) fail "there are no libraries for $(uname -s) on $(uname -m)" ;;
  esac
  names="ai/onnxruntime/native/$onnx/libonnxruntime.so ai/onnxruntime/native/$onnx/libonnxruntime4j_jni.so"
  names="$names META-INF/native/libnetty_transport_native_epoll_$netty.so"
  unpack=${JAVA_HOME:+$JAVA_HOME/bin/}jar
  if command -v "$unpack" >/dev/null; then
    # shellcheck disable=SC2086 # words
    (cd -- "$fresh" && "$unpack" xf "$jar" $names)
  elif command -v unzip >/dev/null; then
    # shellcheck disable=SC2086 # words
    unzip -q "$jar" $names -d "$fresh"
  else
    fail "neither jar, which a JDK has, nor unzip is there. Get one with: apt-get install unzip"
  fi
  for name in $names; do
    [ -f "$fresh/$name" ] || fail "$jar has no $name"
  done
  mkdir -p -- "$home/native"
  for name in $names; do
    chmod 755 "$fresh/$name"
    mv -f -- "$fresh/$name" "$home/native/"
  done
}

find_java() {
  java=${JAVA_HOME:+$JAVA_HOME/bin/}java
  command -v "$java" >/dev/null || fail "there is no $java. Get one with: apt-get install openjdk-17-jre-headless"
  major=$("$java" -XshowSettings:properties -version 2>&1 | sed -n 's/.*java\.specification\.version = //p')
  case $major in '' | *[!0-9]*) major=0 ;; esac
  [ "$major" -ge "$minimum_java" ] || fail "$java is older than Java $minimum_java"
}

write_options() {
  {
    cat -- "$folder/java.options"
    # From this one on Java warns of what Netty and Caffeine use.
    [ "$major" -lt 23 ] || echo '--sun-misc-unsafe-memory-access=allow'
    printf '"-Donnxruntime.native.path=%s"\n"-Djava.library.path=%s"\n' "$home/native" "$home/native"
  } >"$fresh/jvm.options"
}

# in_java ARGUMENT...: with nothing of the user's own environment.
in_java() {
  exec env -i "PATH=$PATH" LC_ALL=C.UTF-8 MALLOC_ARENA_MAX=2 MANY_MODELS_DRAIN_S=0 "$java" "@$fresh/jvm.options" \
    "-Djava.io.tmpdir=$fresh" "$@"
}

# Of a run that serves two small models and scores with both.
make_class_data() {
  (in_java -jar "$home/many-models.jar" fleet --tenants 2 "$fresh/registry") >/dev/null 2>"$fresh/log" || told
  (in_java "-XX:ArchiveClassesAtExit=$fresh/classes.jsa" -jar "$home/many-models.jar" serve --port 0 \
    --registry "$fresh/registry" --state memory:install) >"$fresh/out" 2>"$fresh/log" &
  process=$!
  waited=0
  url=
  while [ -z "$url" ] && kill -0 "$process" 2>/dev/null && [ "$waited" -lt "$training_seconds" ]; do
    sleep 1
    waited=$((waited + 1))
    url=$(sed -n 's#.*POST \(http://[^/]*\)/score.*#\1#p' "$fresh/out")
  done
  [ -n "$url" ] || told
  for tenant in tenant1 tenant2; do
    (in_java -jar "$home/many-models.jar" score --url "$url" "$tenant" '[[5.1, 3.5, 1.4, 0.2]]') >/dev/null \
      2>>"$fresh/log" || told
  done
  kill "$process"
  wait "$process" 2>/dev/null || true
  process=
  [ -s "$fresh/classes.jsa" ] || told
  chmod 644 "$fresh/classes.jsa"
}

told() {
  tail -n 5 -- "$fresh/log" >&2
  fail "the trial run of $home/many-models.jar failed"
}

if [ "$#" -eq 3 ]; then
  unpack_libraries
  exit
fi
find_java
[ -r "$folder/java.options" ] || fail "there is no $folder/java.options"
if [ ! -d "$home/native" ] || ! cmp -s -- "$jar" "$home/many-models.jar"; then
  unpack_libraries
  cp -- "$jar" "$fresh/many-models.jar"
  mv -f -- "$fresh/many-models.jar" "$home/"
fi
write_options
make_class_data
printf '"-XX:SharedArchiveFile=%s"\n' "$home/classes.jsa" >>"$fresh/jvm.options"
mv -f -- "$fresh/classes.jsa" "$fresh/jvm.options" "$home/"
printf 'many-models is in %s\n' "$home"
