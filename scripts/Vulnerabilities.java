import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * Holds a list of libraries, {@code group:artifact:version} a line, against known vulnerabilities in the form of OSV
 * (https://ossf.github.io/osv-schema/): a zip with a JSON file for each. Prints those that fit and exits 1, or says how
 * many were looked at and exits 0. It asks nobody anything.
 */
public final class Vulnerabilities {
    /** A dump of this ecosystem has some thousands; fewer are a part of one, or another one. */
    private static final int LEAST_USUAL = 1_000;

    private static final Pattern PARTS = Pattern.compile("[0-9]+|[a-z]+");

    /** Qualifiers in Maven's order; the empty one is a release, and what is not here comes behind all of them. */
    private static final List<String> QUALIFIERS = List.of("alpha", "beta", "milestone", "rc", "snapshot", "", "sp");

    private static final Map<String, String> OTHER_NAMES =
            Map.of("a", "alpha", "b", "beta", "m", "milestone", "cr", "rc", "final", "", "ga", "", "release", "");

    private Vulnerabilities() {}

    public static void main(String[] args) throws IOException {
        if (args.length != 2) {
            System.err.println("usage: Vulnerabilities LOCK OSV_ZIP");
            System.exit(2);
        }
        Map<String, String> locked = new HashMap<>();
        for (String line : Files.readAllLines(Path.of(args[0]))) {
            if (!line.isBlank() && !line.startsWith("#")) {
                int version = line.lastIndexOf(':');
                locked.put(line.substring(0, version), line.substring(version + 1));
            }
        }
        List<String> found = new ArrayList<>();
        int looked = 0;
        ObjectMapper mapper = new ObjectMapper();
        try (ZipFile zip = new ZipFile(args[1])) {
            for (Enumeration<? extends ZipEntry> entries = zip.entries(); entries.hasMoreElements(); ) {
                ZipEntry entry = entries.nextElement();
                if (entry.getName().endsWith(".json")) {
                    try (InputStream in = zip.getInputStream(entry)) {
                        looked += look(mapper.readTree(in), locked, found) ? 1 : 0;
                    }
                }
            }
        }
        found.stream().sorted().forEach(System.out::println);
        System.out.println(locked.size() + " libraries, " + looked + " vulnerabilities of Maven packages: "
                + found.size() + " that fit");
        if (looked < LEAST_USUAL) {
            System.err.println("that is not all of them: give it the whole dump");
        }
        System.exit(found.isEmpty() && looked > 0 ? 0 : 1);
    }

    /** Adds what fits; whether it is about Maven packages at all, and has not been taken back. */
    private static boolean look(JsonNode vulnerability, Map<String, String> locked, List<String> found) {
        boolean maven = false;
        if (vulnerability.has("withdrawn")) {
            return false;
        }
        for (JsonNode affected : vulnerability.path("affected")) {
            if (!affected.path("package").path("ecosystem").asText().startsWith("Maven")) {
                continue;
            }
            maven = true;
            String name = affected.path("package").path("name").asText();
            String version = locked.get(name);
            if (version != null && fits(affected, version)) {
                List<String> ids =
                        new ArrayList<>(List.of(vulnerability.path("id").asText()));
                vulnerability.path("aliases").forEach(alias -> ids.add(alias.asText()));
                ids.add(vulnerability.path("summary").asText());
                String line = name + ":" + version + " " + String.join(" ", ids).strip();
                if (!found.contains(line)) {
                    found.add(line);
                }
            }
        }
        return maven;
    }

    private static boolean fits(JsonNode affected, String version) {
        for (JsonNode listed : affected.path("versions")) {
            if (listed.asText().equals(version)) {
                return true;
            }
        }
        for (JsonNode range : affected.path("ranges")) {
            if (!range.path("type").asText().equals("GIT") && isWithin(range.path("events"), version)) {
                return true;
            }
        }
        return false;
    }

    /** Whether the last event at or below the version is one from which on it is vulnerable. */
    private static boolean isWithin(JsonNode events, String version) {
        String at = null;
        boolean vulnerable = false;
        for (JsonNode event : events) {
            String kind = event.fieldNames().next();
            String of = event.path(kind).asText();
            boolean reached = of.equals("0") || compare(of, version) < (kind.equals("last_affected") ? 0 : 1);
            if (reached && !kind.equals("limit") && (at == null || at.equals("0") || compare(at, of) <= 0)) {
                at = of;
                vulnerable = kind.equals("introduced");
            }
        }
        return vulnerable;
    }

    /** As Maven orders versions: numbers by value, words by their meaning, a missing part as 0 or a release. */
    static int compare(String one, String other) {
        List<String> left = parts(one);
        List<String> right = parts(other);
        for (int i = 0; i < Math.max(left.size(), right.size()); i++) {
            int order = comparePart(i < left.size() ? left.get(i) : null, i < right.size() ? right.get(i) : null);
            if (order != 0) {
                return order;
            }
        }
        return 0;
    }

    private static List<String> parts(String version) {
        List<String> parts = new ArrayList<>();
        Matcher matcher = PARTS.matcher(version.toLowerCase(Locale.ROOT));
        while (matcher.find()) {
            parts.add(matcher.group());
        }
        return parts;
    }

    private static int comparePart(String one, String other) {
        boolean numbers = isNumber(one) || isNumber(other);
        if (numbers && (one == null || isNumber(one)) && (other == null || isNumber(other))) {
            return Long.compare(one == null ? 0 : Long.parseLong(one), other == null ? 0 : Long.parseLong(other));
        }
        if (numbers) {
            return isNumber(one) ? 1 : -1; // 1.0.1 is behind 1.0-sp
        }
        return Integer.compare(rank(one), rank(other));
    }

    private static int rank(String word) {
        String qualifier = word == null ? "" : OTHER_NAMES.getOrDefault(word, word);
        int rank = QUALIFIERS.indexOf(qualifier);
        return rank < 0 ? QUALIFIERS.size() : rank;
    }

    private static boolean isNumber(String part) {
        return part != null && Character.isDigit(part.charAt(0));
    }
}
