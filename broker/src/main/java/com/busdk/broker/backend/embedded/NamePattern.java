package com.busdk.broker.backend.embedded;

import java.util.List;

/**
 * Wildcards over event names: {@code *} stands for exactly one word, {@code >} as the last word for one or more, as
 * NATS has them for subjects. Any thread.
 */
final class NamePattern {
    private NamePattern() {}

    static boolean anyMatches(List<String> patterns, String name) {
        for (String pattern : patterns) {
            if (matches(pattern, name)) {
                return true;
            }
        }
        return false;
    }

    static boolean matches(String pattern, String name) {
        int p = 0;
        int n = 0;
        while (p < pattern.length()) {
            int patternEnd = wordEnd(pattern, p);
            boolean last = patternEnd == pattern.length();
            if (last && patternEnd - p == 1 && pattern.charAt(p) == '>') {
                return n < name.length();
            }
            if (n >= name.length()) {
                return false;
            }
            int nameEnd = wordEnd(name, n);
            boolean any = patternEnd - p == 1 && pattern.charAt(p) == '*';
            if (!any && !(patternEnd - p == nameEnd - n && pattern.regionMatches(p, name, n, nameEnd - n))) {
                return false;
            }
            p = patternEnd + 1;
            n = nameEnd + 1;
        }
        return n > name.length();
    }

    private static int wordEnd(String text, int from) {
        int dot = text.indexOf('.', from);
        return dot < 0 ? text.length() : dot;
    }
}
