package com.busdk.cli.events;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.cli.events.FakeService.Answer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Lists that come in pages are shown whole. */
class PagedCommandTest extends WithFakeService {
    /** Three pages: of two names, of one, and without any. */
    private void namesInPages() {
        service.on(
                "GET /api/v1/events/names",
                asked -> Answer.json(
                        200,
                        switch (asked.query()) {
                            case "after=a.b" -> "{\"names\":[{\"name\":\"a.much.longer.c\",\"count\":3}]}";
                            case "after=a.much.longer.c" -> "{\"names\":[]}";
                            default -> "{\"names\":[{\"name\":\"a.a\",\"count\":1},{\"name\":\"a.b\",\"count\":2}]}";
                        }));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "text|NAME  EVENTS  LAST@a.a        1  -@a.b        2  -@a.much.longer.c       3  -@",
                "tsv|name\tevents\tlast@a.a\t1\t-@a.b\t2\t-@a.much.longer.c\t3\t-@",
                "json|{\"names\":[{\"name\":\"a.a\",\"count\":1},{\"name\":\"a.b\",\"count\":2},"
                        + "{\"name\":\"a.much.longer.c\",\"count\":3}]}@"
            })
    void shouldShowAllPagesOfNames(String format, String expected) {
        namesInPages();

        var result = bus().run("events", "names", "-f", format);

        assertEquals(0, result.code(), result.err());
        assertEquals(expected.replace('@', '\n'), result.out());
        assertEquals(3, service.asked().size());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"tsv|name\tevents\tlast@", "json|{\"names\":[]}@", "text|''"})
    void shouldShowAListWithoutEntries(String format, String expected) {
        service.on("GET /api/v1/events/names", Answer.json(200, "{\"names\":[]}"));

        var result = bus().run("events", "names", "-f", format);

        assertEquals(0, result.code(), result.err());
        assertEquals(expected.replace('@', '\n'), result.out());
        assertEquals(1, service.asked().size());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "text|NAME     EVENTS  LAST@a.a   ≥ 2000000  -@a.b           3  -@",
                "tsv|name\tevents\tlast@a.a\t2000000\t-@a.b\t3\t-@",
                "json|{\"names\":[{\"name\":\"a.a\",\"count\":2000000,\"countIsAtLeast\":true},"
                        + "{\"name\":\"a.b\",\"count\":3}]}@"
            })
    void shouldShowWhereACountIsALowerBound(String format, String expected) {
        service.on(
                "GET /api/v1/events/names",
                asked -> Answer.json(
                        200,
                        asked.query().contains("after=")
                                ? "{\"names\":[]}"
                                : "{\"names\":[{\"name\":\"a.a\",\"count\":2000000,\"countIsAtLeast\":true},"
                                        + "{\"name\":\"a.b\",\"count\":3}],\"more\":true}"));

        var result = bus().run("events", "names", "-f", format);

        assertEquals(expected.replace('@', '\n'), result.out());
        assertEquals("", result.err());
    }

    /** Said by the first page, or by a last one that has no entries. */
    @ParameterizedTest
    @CsvSource({"true, false", "false, true"})
    void shouldSayThatNamesMayBeMissing(boolean first, boolean last) {
        service.on(
                "GET /api/v1/events/names",
                asked -> Answer.json(
                        200,
                        asked.query().contains("after=")
                                ? "{\"names\":[],\"incomplete\":" + last + "}"
                                : "{\"names\":[{\"name\":\"a.a\",\"count\":1}],\"incomplete\":" + first + "}"));

        var text = bus().run("events", "names");
        assertEquals(0, text.code());
        assertTrue(text.err().contains("missing"), text.err());
        assertTrue(bus().run("events", "names", "-f", "tsv").err().contains("missing"));
        assertEquals("", bus().run("-q", "events", "names").err());
        assertEquals(
                "{\"names\":[{\"name\":\"a.a\",\"count\":1}],\"incomplete\":true}\n",
                bus().run("events", "names", "-f", "json").out());
    }

    @Test
    void shouldNotSayThatThereIsNothingWhereNobodyKnows() {
        service.on("GET /api/v1/events/names", Answer.json(200, "{\"names\":[],\"incomplete\":true}"));

        var result = bus().run("events", "names");
        assertTrue(result.err().contains("missing"), result.err());
        assertTrue(!result.err().contains("no events"), result.err());
        assertEquals(
                "{\"names\":[],\"incomplete\":true}\n",
                bus().run("events", "names", "-f", "json").out());
    }

    /** A service that has no pages says the same whatever it is asked with. */
    @Test
    void shouldShowTheListOfAServiceWithoutPagesOnce() {
        service.on(
                "GET /api/v1/events/names",
                _ -> Answer.json(
                        200,
                        service.asked().size() > 5
                                ? "{\"names\":[]}"
                                : "{\"names\":[{\"name\":\"a.a\",\"count\":1},{\"name\":\"a.b\",\"count\":2}]}"));

        var result = bus().run("events", "names", "-f", "tsv");

        assertEquals(0, result.code(), result.err());
        assertEquals("name\tevents\tlast\na.a\t1\t-\na.b\t2\t-\n", result.out());
        assertEquals(2, service.asked().size());
    }

    @Test
    void shouldShowAllPagesOfDeadLetters() {
        service.on(
                "GET /api/v1/events/dead-letters",
                asked -> Answer.json(
                        200,
                        asked.query().contains("after=evt_2")
                                ? "{\"dead_letters\":[]}"
                                : asked.query().contains("after=evt_1")
                                        ? "{\"dead_letters\":[{\"id\":\"evt_2\",\"name\":\"a.b\",\"attempts\":5}]}"
                                        : "{\"dead_letters\":[{\"id\":\"evt_1\",\"name\":\"a.b\",\"attempts\":5}]}"));

        var result = bus().run("events", "dead-letters", "list", "--group", "g", "--name", "a.b", "-f", "tsv");

        assertEquals(0, result.code(), result.err());
        assertEquals(
                List.of("evt_1", "evt_2"),
                result.out().lines().skip(1).map(line -> line.split("\t", 2)[0]).toList());
        assertTrue(
                service.asked().stream()
                        .allMatch(asked -> asked.query().contains("group=g")
                                && asked.query().contains("name=a.b")),
                service.asked().toString());
    }
}
