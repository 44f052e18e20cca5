package com.busdk.cli.bench.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

class ChartsTest {
    private static final List<BarChart.Bar> BARS = List.of(
            new BarChart.Bar("Bus & Co", true, 50, 40, 60, "50"),
            new BarChart.Bar("<other>", false, 100, 90, 120, "100"));

    private static Document parse(String svg) throws Exception {
        return DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));
    }

    private static List<Element> all(Document svg, String tag) {
        NodeList nodes = svg.getElementsByTagName(tag);
        List<Element> elements = new ArrayList<>();
        for (int i = 0; i < nodes.getLength(); i++) {
            elements.add((Element) nodes.item(i));
        }
        return elements;
    }

    private static double number(Element element, String attribute) {
        return Double.parseDouble(element.getAttribute(attribute));
    }

    @Test
    void shouldDrawBarsAsLongAsTheirMediansWithinThePicture() throws Exception {
        Document svg = parse(BarChart.file("Work <1>, events/s", BARS));
        List<Element> bars = all(svg, "rect");
        assertEquals(2, bars.size());
        assertEquals(number(bars.get(1), "width"), 2 * number(bars.get(0), "width"), 0.2);
        assertEquals("own", bars.get(0).getAttribute("class"));
        assertEquals("other", bars.get(1).getAttribute("class"));
        Element range = all(svg, "line").get(1);
        assertTrue(number(range, "x2") <= number(svg.getDocumentElement(), "width"));
        double begin = number(bars.get(1), "x");
        assertEquals(120.0 / 90, (number(range, "x2") - begin) / (number(range, "x1") - begin), 0.01);
        List<String> words =
                all(svg, "text").stream().map(Element::getTextContent).toList();
        assertTrue(
                words.containsAll(List.of("Work <1>, events/s", "Bus & Co", "<other>", "50", "100")), words.toString());
    }

    @Test
    void shouldBeReadableOnDarkGroundAsWell() {
        assertTrue(BarChart.file("Work", BARS).contains("prefers-color-scheme:dark"));
    }

    @Test
    void shouldDrawAChartOfNothing() throws Exception {
        var none = new BarChart.Bar("Bus", true, 0, 0, 0, "0");
        assertEquals(
                "0.0",
                all(parse(BarChart.file("Work", List.of(none))), "rect")
                        .getFirst()
                        .getAttribute("width"));
    }

    @Test
    void shouldDrawAPanelForEachFigureOverPowersOfTen() throws Exception {
        Document svg = parse(LineChart.file(
                "Events",
                "events",
                List.of(100_000.0, 1_000_000.0, 10_000_000.0),
                List.of(
                        new LineChart.Panel("rate", List.of(10.0, 20.0, 40.0)),
                        new LineChart.Panel("ms", List.of(0.0, 0.0, 0.0)))));
        List<Element> curves = all(svg, "polyline");
        assertEquals(2, curves.size());
        String[] points = curves.getFirst().getAttribute("points").split(" ", -1);
        double first = Double.parseDouble(points[0].split(",", -1)[0]);
        double second = Double.parseDouble(points[1].split(",", -1)[0]);
        double third = Double.parseDouble(points[2].split(",", -1)[0]);
        assertEquals(third - second, second - first, 0.2, "steps of ten are equally far apart");
        double low = Double.parseDouble(points[0].split(",", -1)[1]);
        double high = Double.parseDouble(points[2].split(",", -1)[1]);
        assertTrue(high < low, "more is higher");
        List<String> words =
                all(svg, "text").stream().map(Element::getTextContent).toList();
        assertTrue(words.containsAll(List.of("rate", "ms", "10⁵", "10⁶", "10⁷", "40")), words.toString());
    }

    @Test
    void shouldDrawTimeEvenlyAndWithoutADotForEachValue() throws Exception {
        Document svg = parse(LineChart.overTime(
                "Soak",
                List.of(0.0, 15.0, 30.0, 60.0),
                List.of(new LineChart.Panel("MiB", List.of(1.0, 2.0, 3.0, 4.0)))));
        String[] points = all(svg, "polyline").getFirst().getAttribute("points").split(" ", -1);
        double[] x = new double[points.length];
        for (int i = 0; i < x.length; i++) {
            x[i] = Double.parseDouble(points[i].split(",", -1)[0]);
        }
        assertEquals(2 * (x[1] - x[0]), x[2] - x[0], 0.2);
        assertEquals(4 * (x[1] - x[0]), x[3] - x[0], 0.2);
        assertEquals(List.of(), all(svg, "circle"));
        List<String> words =
                all(svg, "text").stream().map(Element::getTextContent).toList();
        assertTrue(words.containsAll(List.of("0", "15", "30", "45", "60", "minutes", "MiB")), words.toString());
    }

    @Test
    void shouldChooseAxesThatDivideWell() {
        assertEquals(40, LineChart.roundUp(38));
        assertEquals(5, LineChart.roundUp(4.2));
        assertEquals(1_000, LineChart.roundUp(900));
        assertEquals(1, LineChart.roundUp(0));
        assertEquals("1", LineChart.power(1));
        assertEquals("10²", LineChart.power(100));
        assertEquals("2,000", LineChart.power(2_000));
    }

    @Test
    void shouldWriteFiguresWithAsManyDigitsAsSaySomething() {
        assertEquals("1,234,568", Figures.of(1_234_567.9, Work.SINGLE));
        assertEquals("0.31", Figures.of(0.312, Work.LATENCY_1000));
        assertEquals("12.3", Figures.of(12.34));
        assertEquals("123", Figures.of(123.4));
    }
}
