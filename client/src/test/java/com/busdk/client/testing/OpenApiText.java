package com.busdk.client.testing;

import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The description of an API as our own documents write it: two spaces before a path, four before a method, components
 * likewise. Read as text, so that a test of a service needs no library for YAML.
 *
 * @param text the document
 */
public record OpenApiText(String text) {
    private static final Pattern PATH = Pattern.compile("  (/[^:]*):");
    private static final Pattern METHOD = Pattern.compile("    (get|put|post|delete|patch|head|options|trace):");
    private static final Pattern PARAMETER = Pattern.compile("        - name: (\\S+)");
    private static final Pattern REFERENCE = Pattern.compile("#/components/([A-Za-z]+)/([A-Za-z]+)");

    /** Every path with every method that is described, such as {@code /api/v1/vm/status get}, in order. */
    public Set<String> routes() {
        Set<String> found = new TreeSet<>();
        String path = "";
        boolean paths = false;
        for (String line : text.split("\n", -1)) {
            if (line.matches("\\S.*")) {
                paths = line.startsWith("paths:");
            }
            Matcher aPath = PATH.matcher(line);
            Matcher aMethod = METHOD.matcher(line);
            if (paths && aPath.matches()) {
                path = aPath.group(1);
            } else if (paths && aMethod.matches()) {
                found.add(path + " " + aMethod.group(1));
            }
        }
        return found;
    }

    /**
     * The parameters of a URL that an operation describes itself, not by reference, in order.
     *
     * @param route path and method of the operation, as {@link #routes} has them
     */
    public Set<String> queryParameters(String route) {
        Set<String> found = new TreeSet<>();
        String path = "";
        boolean there = false;
        String name = "";
        for (String line : text.split("\n", -1)) {
            Matcher aPath = PATH.matcher(line);
            Matcher aMethod = METHOD.matcher(line);
            Matcher aName = PARAMETER.matcher(line);
            if (aPath.matches()) {
                path = aPath.group(1);
                there = false;
            } else if (aMethod.matches()) {
                there = route.equals(path + " " + aMethod.group(1));
            } else if (aName.matches()) {
                name = aName.group(1);
            } else if (there && line.equals("          in: query")) {
                found.add(name);
            }
        }
        return found;
    }

    /** References to components that the document does not have; empty if all is well. */
    public Set<String> dangling() {
        Set<String> missing = new TreeSet<>();
        Matcher reference = REFERENCE.matcher(text);
        while (reference.find()) {
            int section = text.indexOf("\n  " + reference.group(1) + ":\n");
            if (section < 0 || text.indexOf("\n    " + reference.group(2) + ":\n", section) < 0) {
                missing.add(reference.group());
            }
        }
        return missing;
    }
}
