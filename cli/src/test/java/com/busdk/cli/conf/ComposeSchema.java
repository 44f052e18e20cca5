package com.busdk.cli.conf;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/**
 * What {@code docker compose config} would refuse of a file, without the engine: the part of the Compose Specification
 * (compose-spec.io, its schema and its rules for interpolation) that our file uses. What the specification knows and our
 * file does not use yet is refused too, until somebody adds it here with the form that it has.
 */
final class ComposeSchema {
    private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9._-]+");
    private static final Pattern VARIABLE_NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
    private static final Pattern RESTART = Pattern.compile("no|always|unless-stopped|on-failure(:[0-9]+)?");
    private static final Pattern SUBNET = Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){3}/[0-9]{1,2}");
    private static final Pattern DURATION = Pattern.compile("([0-9]+(\\.[0-9]+)?(us|ms|s|m|h))+");
    private static final Pattern PORT =
            Pattern.compile("(?:[0-9]{1,3}(?:\\.[0-9]{1,3}){3}:)?(?:([0-9]+):)?([0-9]+)(?:/(?:tcp|udp))?");
    private static final Pattern VOLUME =
            Pattern.compile("([a-zA-Z0-9][a-zA-Z0-9._-]*|[./][^:]*):(/[^:]*)(?::(?:ro|rw|z|Z))?");

    /** A dollar and what it may stand before: itself, or a name with a default or with words for where it is missing. */
    private static final Pattern DOLLAR =
            Pattern.compile("\\$(?:(\\$)|\\{(" + VARIABLE_NAME + ")(?::?-([^}]*)|(:?\\?)[^}]+)})?");

    private static final int MAX_PORT = 65_535;

    private final List<String> problems = new ArrayList<>();
    private final Map<String, String> given;

    private ComposeSchema(Map<String, String> given) {
        this.given = given;
    }

    /**
     * Looks at a file.
     *
     * @param yaml its text
     * @param given the environment
     * @return a sentence for each thing that is wrong, none for a good file
     */
    static List<String> problems(String yaml, Map<String, String> given) {
        var schema = new ComposeSchema(given);
        Object read = new Yaml(new SafeConstructor(new LoaderOptions())).load(yaml);
        schema.file(schema.interpolated(new ObjectMapper().valueToTree(read)));
        return schema.problems;
    }

    private void check(boolean right, String what) {
        if (!right) {
            problems.add(what);
        }
    }

    // --- variables ---

    private JsonNode interpolated(JsonNode node) {
        if (node.isTextual()) {
            return new ObjectMapper().valueToTree(interpolated(node.asText()));
        }
        if (node.isArray()) {
            var array = new ObjectMapper().createArrayNode();
            node.forEach(one -> array.add(interpolated(one)));
            return array;
        }
        if (node.isObject()) {
            var object = new ObjectMapper().createObjectNode();
            node.properties().forEach(one -> object.set(one.getKey(), interpolated(one.getValue())));
            return object;
        }
        return node;
    }

    private String interpolated(String text) {
        return DOLLAR.matcher(text).replaceAll(found -> Matcher.quoteReplacement(value(text, found)));
    }

    private String value(String text, MatchResult found) {
        if (found.group(1) != null) {
            return "$";
        }
        if (found.group(2) == null) {
            problems.add("a dollar that begins no variable with a default or a message, in: " + text);
            return "";
        }
        String value = given.get(found.group(2));
        if (value == null || value.isEmpty()) {
            check(found.group(4) == null, found.group(2) + " is required, and not set");
            return found.group(3) == null ? "" : found.group(3);
        }
        return value;
    }

    // --- the file ---

    /** The form of a value, by its key. */
    private record Form(Predicate<JsonNode> fits, String words) {}

    private static final Form TEXT = new Form(JsonNode::isTextual, "a text");
    private static final Form BOOLEAN = new Form(JsonNode::isBoolean, "true or false");
    private static final Form NUMBER = new Form(JsonNode::isIntegralNumber, "a whole number");
    private static final Form COMMAND =
            new Form(node -> node.isTextual() || isTexts(node), "a text or a list of texts");
    private static final Form DURATION_TEXT = new Form(node -> matches(DURATION, node), "a duration such as 10s");
    private static final Form VALUES = new Form(ComposeSchema::isEnvironment, "names with a text, number or nothing");

    private static final Map<String, Form> BUILD = Map.of("context", TEXT, "dockerfile", TEXT);
    private static final Map<String, Form> HEALTH = Map.of(
            "test", new Form(ComposeSchema::isHealthTest, "a text, or a list that begins with NONE, CMD or CMD-SHELL"),
            "interval", DURATION_TEXT,
            "timeout", DURATION_TEXT,
            "start_period", DURATION_TEXT,
            "retries", NUMBER,
            "disable", BOOLEAN);
    private static final Map<String, Form> DEPENDENCY = Map.of(
            "condition",
            new Form(
                    node -> Set.of("service_started", "service_healthy", "service_completed_successfully")
                            .contains(node.asText()),
                    "one of the three conditions"));
    private static final Map<String, Form> SERVICE = Map.ofEntries(
            Map.entry("image", TEXT),
            Map.entry("build", object(BUILD)),
            Map.entry("restart", new Form(node -> matches(RESTART, node), "a restart policy, as a text")),
            Map.entry("init", BOOLEAN),
            Map.entry("user", TEXT),
            Map.entry("working_dir", TEXT),
            Map.entry("environment", VALUES),
            Map.entry("env_file", COMMAND),
            Map.entry("command", COMMAND),
            Map.entry("entrypoint", COMMAND),
            Map.entry(
                    "volumes", new Form(node -> all(node, one -> matches(VOLUME, one)), "source:/target, or with :ro")),
            Map.entry("ports", new Form(node -> all(node, ComposeSchema::isPort), "host:container with real ports")),
            Map.entry("healthcheck", object(HEALTH)),
            Map.entry("depends_on", new Form(ComposeSchema::isDependencies, "names, or names with a condition")));

    private void file(JsonNode file) {
        file.properties().forEach(top -> {
            boolean known = Set.of("services", "volumes", "networks").contains(top.getKey())
                    || top.getKey().startsWith("x-");
            check(known && top.getValue().isObject(), "the file has no " + top.getKey() + " of that form");
        });
        JsonNode services = file.path("services");
        check(!services.isEmpty(), "there are no services");
        services.properties().forEach(service -> service(service.getKey(), service.getValue()));
        volumes(file);
        file.path("networks").properties().forEach(network -> network(network.getKey(), network.getValue()));
        services.properties().forEach(service -> dependencies(service.getKey(), services));
        publishedOnce(services);
    }

    private void service(String name, JsonNode service) {
        check(NAME.matcher(name).matches(), name + " is no name of a service");
        check(service.has("image") || service.has("build"), name + " has neither image nor build");
        service.properties().forEach(entry -> {
            Form form = SERVICE.get(entry.getKey());
            check(
                    form != null && form.fits().test(entry.getValue()),
                    name + "." + entry.getKey() + " is not " + (form == null ? "known" : form.words()) + ": "
                            + entry.getValue());
        });
    }

    /** A network has a subnet here and nothing else; the services are in the default one. */
    private void network(String name, JsonNode network) {
        JsonNode config = network.path("ipam").path("config");
        check(
                name.equals("default")
                        && network.size() == 1
                        && network.path("ipam").size() == 1
                        && config.size() == 1
                        && config.path(0).size() == 1
                        && matches(SUBNET, config.path(0).path("subnet")),
                name + " is not a network with a subnet such as 172.30.87.0/24");
    }

    /** Each named volume that is mounted is declared, each that is declared is mounted. */
    private void volumes(JsonNode file) {
        Set<String> mounted = new HashSet<>();
        file.path("services")
                .forEach(service -> service.path("volumes").forEach(volume -> {
                    Matcher form = VOLUME.matcher(volume.asText());
                    if (form.matches() && !form.group(1).matches("[./].*")) {
                        mounted.add(form.group(1));
                    }
                }));
        Set<String> declared = new HashSet<>();
        file.path("volumes").properties().forEach(volume -> {
            declared.add(volume.getKey());
            check(volume.getValue().isNull() || volume.getValue().isEmpty(), volume + " has options not known here");
        });
        check(mounted.equals(declared), "volumes mounted " + mounted + " and declared " + declared);
    }

    private static List<String> names(JsonNode dependencies) {
        List<String> names = new ArrayList<>();
        if (dependencies.isObject()) {
            dependencies.fieldNames().forEachRemaining(names::add);
        } else {
            dependencies.forEach(name -> names.add(name.asText()));
        }
        return names;
    }

    /** What is waited for is there, says when it is well if that is waited for, and does not wait for who waits for it. */
    private void dependencies(String name, JsonNode services) {
        JsonNode own = services.path(name).path("depends_on");
        for (String other : names(own)) {
            check(services.has(other), name + " depends on " + other + ", which is not there");
            boolean healthy = own.path(other).path("condition").asText().equals("service_healthy");
            boolean tells = services.path(other).path("healthcheck").has("test");
            check(!healthy || tells, name + " waits until " + other + " is healthy, which has no healthcheck");
        }
        Set<String> seen = new HashSet<>();
        List<String> next = new ArrayList<>(names(own));
        while (!next.isEmpty()) {
            String other = next.removeLast();
            if (seen.add(other)) {
                next.addAll(names(services.path(other).path("depends_on")));
            }
        }
        check(!seen.contains(name), name + " depends on itself");
    }

    private void publishedOnce(JsonNode services) {
        Map<String, String> owners = new HashMap<>();
        services.properties()
                .forEach(service -> service.getValue().path("ports").forEach(port -> {
                    Matcher form = PORT.matcher(port.asText());
                    if (form.matches() && form.group(1) != null) {
                        String before = owners.put(form.group(1), service.getKey());
                        check(before == null, "port " + form.group(1) + " is published twice");
                    }
                }));
    }

    // --- forms ---

    private static Form object(Map<String, Form> fields) {
        return new Form(
                node -> node.isObject()
                        && node.properties().stream()
                                .allMatch(entry -> fields.containsKey(entry.getKey())
                                        && fields.get(entry.getKey()).fits().test(entry.getValue())),
                "an object of " + fields.keySet());
    }

    private static boolean matches(Pattern pattern, JsonNode node) {
        return node.isTextual() && pattern.matcher(node.asText()).matches();
    }

    private static boolean all(JsonNode array, Predicate<JsonNode> each) {
        boolean right = array.isArray();
        for (JsonNode one : array) {
            right &= each.test(one);
        }
        return right;
    }

    private static boolean isTexts(JsonNode node) {
        return all(node, JsonNode::isTextual);
    }

    private static boolean isPort(JsonNode node) {
        Matcher form = PORT.matcher(node.asText());
        return node.isTextual()
                && form.matches()
                && isPort(form.group(2))
                && (form.group(1) == null || isPort(form.group(1)));
    }

    private static boolean isPort(String number) {
        return number.length() < 6 && Integer.parseInt(number) >= 1 && Integer.parseInt(number) <= MAX_PORT;
    }

    private static boolean isEnvironment(JsonNode node) {
        return node.isObject()
                && node.properties().stream()
                        .allMatch(entry -> VARIABLE_NAME.matcher(entry.getKey()).matches()
                                && (entry.getValue().isTextual()
                                        || entry.getValue().isNumber()
                                        || entry.getValue().isNull()));
    }

    private static boolean isHealthTest(JsonNode node) {
        return node.isTextual()
                || isTexts(node)
                        && Set.of("NONE", "CMD", "CMD-SHELL")
                                .contains(node.path(0).asText());
    }

    private static boolean isDependencies(JsonNode node) {
        Form each = object(DEPENDENCY);
        return isTexts(node)
                || node.isObject()
                        && node.properties().stream()
                                .allMatch(entry -> each.fits().test(entry.getValue())
                                        && entry.getValue().has("condition"));
    }
}
