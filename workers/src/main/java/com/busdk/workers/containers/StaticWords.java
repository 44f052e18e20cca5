package com.busdk.workers.containers;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The words of a static runner's script: quotes and a few operators, nothing is expanded. Stateless. */
final class StaticWords {
    static final String AND = "&&";
    static final String OR = "||";
    static final String TO_ERROR = ">&2";

    /** Stands before an operator's text, so that a quoted one is none; no argument has a NUL. */
    private static final char MARK = '\0';

    private static final List<String> OPERATORS = List.of(AND, OR, TO_ERROR, "1>&2", ";", "\n");

    private StaticWords() {}

    static boolean isOperator(String word) {
        return word.equals(AND) || word.equals(OR) || word.equals(";");
    }

    /** Splits a script; {@code ;}, {@code &&}, {@code ||} and {@code >&2} are words of their own. */
    static List<String> split(String script) {
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        boolean begun = false;
        int at = 0;
        while (at < script.length()) {
            char c = script.charAt(at);
            String operator = operatorAt(script, at);
            if (operator != null || c == ' ' || c == '\t') {
                if (begun) {
                    words.add(plain(word));
                    begun = false;
                }
                if (operator != null) {
                    words.add(canonical(operator));
                }
                at += operator == null ? 1 : operator.length();
            } else {
                begun = true;
                at = take(script, at, word);
            }
        }
        if (begun) {
            words.add(plain(word));
        }
        return words;
    }

    private static @Nullable String operatorAt(String script, int at) {
        for (String operator : OPERATORS) {
            if (script.startsWith(operator, at)) {
                return operator;
            }
        }
        return null;
    }

    private static String canonical(String operator) {
        return switch (operator) {
            case "\n" -> ";";
            case "1>&2" -> TO_ERROR;
            default -> operator;
        };
    }

    /** Takes a character, an escaped one, or what is between quotes; gives the place behind it. */
    private static int take(String script, int at, StringBuilder word) {
        char c = script.charAt(at);
        if (c == '\'' || c == '"') {
            int end = at + 1;
            while (end < script.length() && script.charAt(end) != c) {
                boolean escaped = c == '"' && script.charAt(end) == '\\' && end + 1 < script.length();
                boolean special = escaped && "\"\\$`".indexOf(script.charAt(end + 1)) >= 0;
                end += special ? 1 : 0;
                word.append(script.charAt(end));
                end++;
            }
            word.append(MARK);
            return end + 1;
        }
        if (c == '\\' && at + 1 < script.length()) {
            word.append(script.charAt(at + 1)).append(MARK);
            return at + 2;
        }
        word.append(c);
        return at + 1;
    }

    /** The word without marks; a quoted operator keeps one, and so is none. */
    private static String plain(StringBuilder word) {
        String text = unmarked(word.toString());
        word.setLength(0);
        return isOperator(text) || text.equals(TO_ERROR) ? text + MARK : text;
    }

    /** A word without marks. */
    static String unmarked(String word) {
        return word.replace(String.valueOf(MARK), "");
    }

    /** What POSIX printf prints for a format with {@code %s}, {@code %d}, {@code %%} and escapes. */
    static String printf(List<String> words) {
        if (words.isEmpty()) {
            return "";
        }
        String format = words.getFirst();
        List<String> values = words.subList(1, words.size());
        StringBuilder out = new StringBuilder();
        int used = 0;
        do {
            int taken = format(format, values, used, out);
            if (taken == 0) {
                break;
            }
            used += taken;
        } while (used < values.size()); // the format is used again while there are arguments left
        return out.toString();
    }

    /** Prints the format once; gives how many values it took. */
    private static int format(String format, List<String> values, int from, StringBuilder out) {
        int taken = 0;
        for (int i = 0; i < format.length(); i++) {
            char c = format.charAt(i);
            char next = i + 1 < format.length() ? format.charAt(i + 1) : MARK;
            if (c == '%' && (next == 's' || next == 'd')) {
                int index = from + taken;
                String value = index < values.size() ? values.get(index) : "";
                out.append(next == 'd' && value.isEmpty() ? "0" : value);
                taken++;
                i++;
            } else if (c == '%' && next == '%') {
                out.append('%');
                i++;
            } else if (c == '\\' && "nt\\".indexOf(next) >= 0) {
                out.append(next == 'n' ? '\n' : next == 't' ? '\t' : '\\');
                i++;
            } else {
                out.append(c);
            }
        }
        return taken;
    }
}
