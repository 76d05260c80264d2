package io.manymodels.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * One command; see {@link LoadClient}.
 *
 * @param ratePerSecond at which requests arrive; 0: a closed loop
 * @param results "" for none
 * @param slow where the slow requests of an open loop go; "" for nowhere
 */
record Command(
    int port,
    int connections,
    double seconds,
    long requests,
    double ratePerSecond,
    Path questions,
    String sequence,
    String results,
    String slow) {
  private static final int FIELDS = 9;
  private static final String NONE = "-";
  private static final int MAX_KNOWN = 64;

  /** By port and files; the main thread's only. */
  private static final Map<String, Known> KNOWN =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Known> eldest) {
          return size() > MAX_KNOWN;
        }
      };

  private record Known(FileTime written, Question[] order) {}

  static Command parse(String line) {
    String[] fields = line.split("\t", -1);
    if (fields.length != FIELDS) {
      throw new IllegalArgumentException("expected " + FIELDS + " fields, got " + fields.length);
    }
    return new Command(
        Integer.parseInt(fields[0]),
        Integer.parseInt(fields[1]),
        Double.parseDouble(fields[2]),
        Long.parseLong(fields[3]),
        Double.parseDouble(fields[4]),
        Path.of(fields[5]),
        optional(fields[6]),
        optional(fields[7]),
        optional(fields[8]));
  }

  private static String optional(String field) {
    return field.equals(NONE) ? "" : field;
  }

  /**
   * The questions in the order of asking. Those of files that are as they were are not read again,
   * so that reading is not in what a sample costs.
   */
  Question[] order() throws IOException {
    String files = port + " " + questions + " " + sequence;
    FileTime written = Files.getLastModifiedTime(questions);
    Known known = KNOWN.get(files);
    if (known == null || !known.written.equals(written)) {
      known = new Known(written, read());
      KNOWN.put(files, known);
    }
    return known.order;
  }

  private Question[] read() throws IOException {
    List<Question> all =
        Files.readAllLines(questions).stream().map(line -> Question.of(line, port)).toList();
    IntStream numbers =
        sequence.isEmpty()
            ? IntStream.range(0, all.size())
            : Files.readAllLines(Path.of(sequence)).stream().mapToInt(Integer::parseInt);
    Question[] order = numbers.mapToObj(all::get).toArray(Question[]::new);
    if (order.length == 0) {
      throw new IllegalArgumentException("nothing to ask in " + questions);
    }
    return order;
  }

  /** After so many requests it ends. */
  long most(int questions) {
    if (requests > 0) {
      return requests;
    }
    return seconds > 0 ? Long.MAX_VALUE : questions;
  }
}
