package com.busdk.cli.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.NotEmpty;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScriptReaderTest {
    private static List<Statement> read(String text) {
        return new ScriptReader("x.bus", text).read();
    }

    private static List<String> words(String text) {
        var statements = read(text);
        assertEquals(1, statements.size(), text);
        return statements.getFirst().words();
    }

    @Test
    void shouldPartWordsAtBlanks() {
        assertEquals(List.of("events", "listen", "--name", "a.b"), words("  events\tlisten   --name a.b  "));
    }

    @Test
    void shouldReadQuotesAsAShellDoes() {
        assertEquals(List.of("a b", "c"), words("'a b' c"));
        assertEquals(List.of("{\"ok\":true}"), words("'{\"ok\":true}'"));
        assertEquals(List.of("{\"ok\":true}"), words("\"{\\\"ok\\\":true}\""));
        assertEquals(List.of("ab cd"), words("a'b 'c\"d\""));
        assertEquals(List.of("a b"), words("a\\ b"));
        assertEquals(List.of("'"), words("\"'\""));
        assertEquals(List.of("\\n"), words("\"\\n\""));
        assertEquals(List.of("\\"), words("'\\'"));
        assertEquals(List.of("", "x", ""), words("'' x \"\""));
        assertEquals(List.of("it's"), words("'it'\\''s'"));
    }

    @Test
    void shouldExpandNothing() {
        assertEquals(
                List.of("$HOME", "$BUS_EVENTS_API_URL", "*", "~", "`id`", "$(id)", "a|b", ">", "&&", ";", "{a,b}"),
                words("$HOME \"$BUS_EVENTS_API_URL\" * ~ `id` $(id) a|b > && ; {a,b}".replace("`id`", "`id`")));
    }

    @Test
    void shouldTakeAHashAsCommentOnlyAtTheBeginningOfAWord() {
        assertEquals(List.of("a", "b#c", "#d"), words("a b#c '#d' # e 'f"));
        assertEquals(List.of(), read("# only a comment\n\n   \t\n#another \\\n"));
    }

    @Test
    void shouldJoinLinesAtABackslash() {
        assertEquals(List.of("events", "listen", "--name", "a.b"), words("events listen \\\n  --name \\\n  a.b\n"));
        assertEquals(List.of("foobar"), words("foo\\\nbar"));
        assertEquals(List.of("foo bar"), words("\"foo \\\nbar\""));
    }

    @Test
    void shouldReadLinesOfBothKindsAndNumberThemFromOne() {
        var statements = read("one\r\n\r\n# two\r\nthree \\\r\nfour\r\nfive\n\\\nsix");

        assertEquals(
                List.of("x.bus:1", "x.bus:4", "x.bus:6", "x.bus:8"),
                statements.stream().map(Statement::place).toList());
        assertEquals(List.of("three", "four"), statements.get(1).words());
    }

    @ParameterizedTest
    @ValueSource(strings = {"a 'b", "a \"b", "a 'b\nc'", "a \"b\nc\"", "a \"b\\", "a \\"})
    void shouldRefuseWhatIsNotClosed(String text) {
        var e = assertThrows(ScriptSyntaxException.class, () -> read("ok\n" + text));

        assertTrue(e.text().startsWith("x.bus:2: "), e.text());
    }

    @Property
    void shouldReadBackWhatAStatementQuotes(@ForAll @NotEmpty @Size(max = 6) List<String> words) {
        List<String> clean =
                words.stream().map(word -> word.replaceAll("[\n\r]", " ")).toList();

        assertEquals(clean, words(new Statement("x.bus", 1, clean).quoted()));
    }
}
