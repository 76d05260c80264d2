package io.manymodels.tools.simulation;

import java.util.List;
import java.util.Locale;

/** Hit ratios as an SVG bar chart: one group a trace, one bar a policy. */
public final class SvgChart {
  private static final int WIDTH = 640;
  private static final int LINE = 22;
  private static final int MARGIN = 16;
  private static final int BAR_LEFT = 120;
  private static final int BAR_WIDTH = 420;
  private static final int BAR_HEIGHT = 14;
  private static final int BASELINE = 12;
  private static final int VALUE_GAP = 6;

  private SvgChart() {}

  /** The whole document. */
  public static String of(List<Report> reports) {
    StringBuilder body = new StringBuilder();
    int top = MARGIN;
    for (Report report : reports) {
      text(body, MARGIN, top, "font-weight='bold'", report.heading());
      top += LINE;
      for (Outcome outcome : report.outcomes()) {
        bar(body, top, outcome);
        top += LINE;
      }
      top += LINE;
    }
    return "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 %d %d' font-family='sans-serif' font-size='12'>\n"
            .formatted(WIDTH, top)
        + "<title>Hit ratio by policy</title>\n"
        + "<rect width='100%' height='100%' fill='white'/>\n"
        + body
        + "</svg>\n";
  }

  private static void bar(StringBuilder body, int top, Outcome outcome) {
    text(body, MARGIN, top, "", outcome.policy());
    rectangle(body, top, BAR_WIDTH, "#e6e6e6");
    rectangle(body, top, outcome.hitRatio() * BAR_WIDTH, "#2f6f9f");
    text(
        body,
        BAR_LEFT + BAR_WIDTH + VALUE_GAP,
        top,
        "",
        String.format(Locale.ROOT, "%.4f", outcome.hitRatio()));
  }

  private static void rectangle(StringBuilder body, int top, double width, String colour) {
    body.append(
        String.format(
            Locale.ROOT,
            "<rect x='%d' y='%d' width='%.1f' height='%d' fill='%s'/>\n",
            BAR_LEFT,
            top,
            width,
            BAR_HEIGHT,
            colour));
  }

  private static void text(StringBuilder body, int x, int top, String attributes, String text) {
    body.append("<text x='%d' y='%d' %s>".formatted(x, top + BASELINE, attributes))
        .append(escaped(text))
        .append("</text>\n");
  }

  /** A file's name may hold anything, of which XML 1.0 does not take control characters at all. */
  private static String escaped(String text) {
    return text.replaceAll("\\p{Cntrl}", "?")
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;");
  }
}
