package io.manymodels.protocol.mlflow;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.dataformat.csv.CsvFactory;
import com.fasterxml.jackson.dataformat.csv.CsvParser;
import io.manymodels.json.JsonFaults;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.protocol.tabular.RowsBody.Limits;
import io.manymodels.tensor.Block;
import io.manymodels.tensor.CellShapes;
import io.manymodels.tensor.Cells;
import io.manymodels.tensor.Cells.Kind;
import io.manymodels.tensor.Outputs;
import io.manymodels.tensor.Rows;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A body of comma-separated values (RFC 4180) with a header. Its cells are texts; what they are to
 * a model, the model says: {@link Rows.Form#WRITTEN}. An empty one is a missing value, as pandas
 * reads it, and a first column without a name is the index that pandas writes, which is passed
 * over. Thread-confined.
 */
final class CsvBody {
  private static final CsvFactory FACTORY =
      CsvFactory.builder()
          .enable(CsvParser.Feature.WRAP_AS_ARRAY)
          .enable(CsvParser.Feature.SKIP_EMPTY_LINES)
          .build();
  private static final String BYTE_ORDER_MARK = "\uFEFF";

  private final CsvParser csv;
  private final Limits limits;
  private final List<String> cells = new ArrayList<>();
  private int values;

  private CsvBody(CsvParser csv, Limits limits) {
    this.csv = csv;
    this.limits = limits;
  }

  /** Throws {@link ServingException} with {@code INVALID_INPUT} or {@code PAYLOAD_TOO_LARGE}. */
  static Rows parse(String text, Limits limits) {
    String body = text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text;
    try (CsvParser csv = FACTORY.createParser(body)) {
      return new CsvBody(csv, limits).read();
    } catch (StreamConstraintsException e) {
      throw JsonFaults.invalid("", "a cell is too long");
    } catch (JsonProcessingException e) {
      throw JsonFaults.invalid("", "not valid CSV: " + e.getOriginalMessage());
    } catch (IOException e) {
      throw new UncheckedIOException("reading from memory failed", e);
    }
  }

  private Rows read() throws IOException {
    // The array around all rows, and then the one of the first.
    JsonToken all = csv.nextToken();
    if (all == null || csv.nextToken() != JsonToken.START_ARRAY) {
      throw JsonFaults.invalid("", "expected a row with the names of the columns");
    }
    List<String> names = row(Integer.MAX_VALUE - 1);
    int width = names.size();
    boolean hasIndex = width > 1 && names.get(0).isEmpty();
    int count = 0;
    for (JsonToken token = csv.nextToken();
        token == JsonToken.START_ARRAY;
        token = csv.nextToken()) {
      if (count == limits.rows()) {
        throw tooLarge(limits.rows() + " rows");
      }
      List<String> row = row(width);
      if (row.size() != width) {
        String got = row.size() > width ? "more" : String.valueOf(row.size());
        throw JsonFaults.invalid(
            "/data/" + count, "expected " + width + " cells, as the header has, got " + got);
      }
      for (int i = hasIndex ? 1 : 0; i < width; i++) {
        cells.add(row.get(i));
      }
      count++;
    }
    if (count == 0) {
      throw JsonFaults.invalid("", "expected at least one row below the names of the columns");
    }
    List<String> columns = hasIndex ? names.subList(1, width) : names;
    return new Rows(Rows.Form.WRITTEN, count, List.of(block(columns)), Outputs.FIRST);
  }

  /** The cells of the row that has begun: all of them, or one more than {@code most}. */
  private List<String> row(int most) throws IOException {
    List<String> row = new ArrayList<>();
    for (JsonToken token = csv.nextToken();
        token != JsonToken.END_ARRAY && token != null && row.size() <= most;
        token = csv.nextToken()) {
      if (values == limits.values()) {
        throw tooLarge(limits.values() + " numbers and other values");
      }
      values++;
      row.add(csv.getText());
    }
    return row;
  }

  private static ServingException tooLarge(String limit) {
    return new ServingException(ErrorCode.PAYLOAD_TOO_LARGE, "a request has at most " + limit);
  }

  private Block block(List<String> names) {
    byte[] kinds = new byte[cells.size()];
    String[] texts = cells.toArray(String[]::new);
    for (int i = 0; i < texts.length; i++) {
      kinds[i] = (texts[i].isEmpty() ? Kind.MISSING : Kind.TEXT).code();
    }
    return new Block(
        names,
        names.size(),
        new Cells.Mixed(kinds, new long[texts.length], texts),
        CellShapes.SCALARS);
  }
}
