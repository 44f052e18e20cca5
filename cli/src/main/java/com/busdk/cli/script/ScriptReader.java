package com.busdk.cli.script;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the words of a file of commands: one command a line, words parted by blanks, quoting as in a shell, and nothing
 * else that a shell does. {@code $}, {@code *}, {@code |} and {@code ;} are letters like others.
 *
 * <ul>
 *   <li>{@code '…'}: every character as it stands.
 *   <li>{@code "…"}: as it stands, but a backslash before {@code "}, {@code \}, {@code $} or a backquote is dropped.
 *   <li>elsewhere a backslash takes the next character as it stands.
 *   <li>a backslash at the end of a line joins it with the next, unless it is quoted by {@code '…'} or in a comment.
 *   <li>{@code #} at the beginning of a word begins a comment, up to the end of the line.
 * </ul>
 *
 * <p>One object reads one file.
 */
final class ScriptReader {
    private final String file;
    private final String text;
    private int at;
    private int line = 1;

    /**
     * A reader.
     *
     * @param file the name for messages
     * @param text the content of the file
     */
    ScriptReader(String file, String text) {
        this.file = file;
        this.text = text;
    }

    /**
     * Reads all commands.
     *
     * @throws ScriptSyntaxException when a quote is not closed, or a backslash stands at the end of the file
     */
    List<Statement> read() {
        var statements = new ArrayList<Statement>();
        while (at < text.length()) {
            int start = line;
            var words = new ArrayList<String>();
            for (String word = word(); word != null; word = word()) {
                if (words.isEmpty()) {
                    start = line;
                }
                words.add(word);
            }
            if (!words.isEmpty()) {
                statements.add(new Statement(file, start, words));
            }
            endOfLine();
        }
        return statements;
    }

    /** The next word of the command, or null at its end. */
    private @Nullable String word() {
        skipBlanks();
        if (atEndOfLine() || text.charAt(at) == '#') {
            return null;
        }
        var word = new StringBuilder();
        while (!atEndOfLine() && !isBlank(text.charAt(at))) {
            char c = text.charAt(at++);
            switch (c) {
                case '\'' -> single(word);
                case '"' -> twofold(word);
                case '\\' -> escape(word);
                default -> word.append(c);
            }
        }
        return word.toString();
    }

    private void single(StringBuilder word) {
        while (!atEndOfLine()) {
            char c = text.charAt(at++);
            if (c == '\'') {
                return;
            }
            word.append(c);
        }
        throw open("'");
    }

    private void twofold(StringBuilder word) {
        while (!atEndOfLine()) {
            char c = text.charAt(at++);
            if (c == '"') {
                return;
            }
            if (c == '\\' && atEndOfLine()) {
                join();
            } else if (c == '\\' && "\"\\$`".indexOf(text.charAt(at)) >= 0) {
                word.append(text.charAt(at++));
            } else {
                word.append(c);
            }
        }
        throw open("\"");
    }

    private void escape(StringBuilder word) {
        if (atEndOfLine()) {
            join();
        } else {
            word.append(text.charAt(at++));
        }
    }

    /** Goes on with the next line behind a backslash. */
    private void join() {
        if (at >= text.length()) {
            throw new ScriptSyntaxException(
                    file, line, "a backslash ends the file: nothing follows that it could join");
        }
        endOfLine();
    }

    private ScriptSyntaxException open(String quote) {
        return new ScriptSyntaxException(file, line, "a " + quote + " is not closed on its line");
    }

    private void skipBlanks() {
        while (!atEndOfLine()) {
            if (isBlank(text.charAt(at))) {
                at++;
            } else if (text.charAt(at) == '\\' && isEndOfLine(at + 1)) {
                at++;
                join();
            } else {
                return;
            }
        }
    }

    /** Skips the rest of the line, which is a comment if there is any, and its end. */
    private void endOfLine() {
        while (at < text.length() && text.charAt(at) != '\n') {
            at++;
        }
        at++;
        line++;
    }

    private boolean atEndOfLine() {
        return isEndOfLine(at);
    }

    /** A line ends with LF, or CR and LF, or the file. */
    private boolean isEndOfLine(int index) {
        return index >= text.length()
                || text.charAt(index) == '\n'
                || text.charAt(index) == '\r' && (index + 1 == text.length() || text.charAt(index + 1) == '\n');
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t';
    }
}
