package com.busdk.cli.conf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.busdk.cli.Commands;
import com.busdk.cli.ProgramName;
import com.busdk.cli.command.Runner;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** The stack in containers, as far as it can be looked at without containers: all it names is there. */
class ComposeTest {
    private static final Path CONF = Path.of("").toAbsolutePath().getParent().resolve("conf");
    private static final JsonNode STACK = stack();

    /** Programs of the image's own system that a service may start. */
    private static final Set<String> OF_SYSTEM = Set.of("sleep", "sh");

    private static final Set<String> CONDITIONS =
            Set.of("service_started", "service_healthy", "service_completed_successfully");

    private static final Pattern ADDRESS = Pattern.compile("http://([a-z][a-z0-9-]*):([0-9]+)");
    private static final Pattern LISTENS = Pattern.compile("--addr[= ]0\\.0\\.0\\.0:([0-9]+)");

    /** A command of ours in a script, up to where its output goes. */
    private static final Pattern IN_SCRIPT = Pattern.compile("(?m)^\\s*(bus(?:-[a-z-]+)? [^>|;]*)");

    private static JsonNode stack() {
        try {
            Object read = new Yaml(new SafeConstructor(new LoaderOptions()))
                    .load(Files.readString(CONF.resolve("compose.yaml")));
            return new ObjectMapper().valueToTree(read);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    static Stream<String> services() {
        List<String> names = new ArrayList<>();
        STACK.path("services").fieldNames().forEachRemaining(names::add);
        assertFalse(names.isEmpty(), "there are services");
        return names.stream();
    }

    private static JsonNode service(String name) {
        return STACK.path("services").path(name);
    }

    /** The words of {@code command} or {@code entrypoint}. */
    private static List<String> words(JsonNode command) {
        List<String> words = new ArrayList<>();
        if (command.isTextual()) {
            words.addAll(List.of(command.asText().split(" ", -1)));
        }
        command.forEach(word -> words.add(word.asText()));
        return words;
    }

    private static List<String> texts(JsonNode list) {
        List<String> texts = new ArrayList<>();
        list.forEach(one -> texts.add(one.asText()));
        return texts;
    }

    /** Throws if an option is not known. */
    private static void prepare(List<String> line) {
        List<String> words = ProgramName.words(line.getFirst());
        assertFalse(words.isEmpty() && !line.getFirst().equals("bus"), line.getFirst() + " is no program of ours");
        List<String> whole = new ArrayList<>(words);
        whole.addAll(line.subList(1, line.size()));
        new Runner(Commands.root(), ignored -> fail("no file of commands")).prepare(line.getFirst(), whole);
    }

    @ParameterizedTest
    @MethodSource("services")
    void shouldStartAProgramThatIsInTheImageAndTakesItsOptions(String name) throws IOException {
        List<String> command = words(service(name).path("command"));
        List<String> entry = words(service(name).path("entrypoint"));
        String program = entry.isEmpty() ? command.getFirst() : entry.getFirst();
        if (OF_SYSTEM.contains(program)) {
            assertEquals(entry.isEmpty() ? "sleep" : "sh", program);
            String script = String.join("\n", entry.isEmpty() ? List.of() : command);
            List<String> ours = IN_SCRIPT
                    .matcher(script)
                    .results()
                    .map(MatchResult::group)
                    .map(String::strip)
                    .toList();
            assertEquals(entry.isEmpty(), ours.isEmpty(), "a script that starts nothing of ours");
            ours.forEach(line -> prepare(List.of(line.replace("\"", "").split(" ", -1))));
        } else {
            String dockerfile = Files.readString(CONF.resolve("Dockerfile"));
            assertTrue(dockerfile.matches("(?s).*[ \n]" + Pattern.quote(program) + "[ ;\n].*"), program + " is linked");
            prepare(command);
        }
    }

    @ParameterizedTest
    @MethodSource("services")
    void shouldTakeImagesAndFilesThatAreThere(String name) {
        JsonNode service = service(name);
        JsonNode build = service.path("build");
        assertTrue(build.isObject(), "every service is of the image that is built here");
        assertEquals("bus:local", service.path("image").asText());
        Path context = CONF.resolve(build.path("context").asText()).normalize();
        Path dockerfile = context.resolve(build.path("dockerfile").asText("Dockerfile"));
        assertTrue(Files.isRegularFile(dockerfile), dockerfile.toString());
        for (String file : texts(service.path("env_file"))) {
            assertTrue(Files.isRegularFile(CONF.resolve(file)), file);
        }
        for (String volume : texts(service.path("volumes"))) {
            String source = volume.substring(0, volume.indexOf(':'));
            boolean there = source.startsWith(".") || source.startsWith("/")
                    ? Files.exists(CONF.resolve(source))
                    : STACK.path("volumes").has(source);
            assertTrue(there, volume);
        }
    }

    @ParameterizedTest
    @MethodSource("services")
    void shouldWaitForServicesThatAreThere(String name) {
        JsonNode others = service(name).path("depends_on");
        Set<String> all = new HashSet<>(services().toList());
        if (others.isObject()) {
            others.properties().forEach(other -> {
                assertTrue(all.contains(other.getKey()), other.getKey());
                assertTrue(
                        CONDITIONS.contains(other.getValue().path("condition").asText()), other.toString());
            });
        } else {
            texts(others).forEach(other -> assertTrue(all.contains(other), other));
        }
    }

    @ParameterizedTest
    @MethodSource("services")
    void shouldAskServicesWhereTheyListen(String name) {
        JsonNode service = service(name);
        String text = String.join(" ", words(service.path("command"))) + " " + service.path("environment");
        Matcher address = ADDRESS.matcher(text);
        while (address.find()) {
            List<String> command = words(service(address.group(1)).path("command"));
            assertFalse(command.isEmpty(), "there is no service " + address.group(1));
            Matcher listens = LISTENS.matcher(String.join(" ", command));
            assertTrue(listens.find(), address.group(1) + " is not reached from other containers");
            assertEquals(listens.group(1), address.group(2), address.group());
        }
    }

    /** The way from the service that signs to the path that commands look at. */
    @Test
    void shouldHaveATokenForTheTestingAgentWhereItsCommandsLook() throws IOException {
        JsonNode agent = service("testing-agent");
        assertEquals("root", agent.path("user").asText());
        assertEquals("/root", agent.path("environment").path("HOME").asText());
        String volume = texts(agent.path("volumes")).getFirst();
        assertTrue(volume.endsWith(":/root/.config/bus/auth:ro"), volume);
        String name = volume.substring(0, volume.indexOf(':'));
        String place = texts(service("tokens").path("volumes")).stream()
                .filter(one -> one.startsWith(name + ":"))
                .map(one -> one.substring(name.length() + 1))
                .findFirst()
                .orElseThrow();
        String script = String.join("\n", words(service("tokens").path("command")));
        assertTrue(script.contains(" " + place + "/api-token\n"), script);
        String dockerfile = Files.readString(CONF.resolve("Dockerfile"));
        assertTrue(dockerfile.contains(" " + place + "\n"), "the user bus may write there");
    }

    @Test
    void shouldSendAllCommandsOfTheTestingAgentToTheGateway() {
        JsonNode environment = service("testing-agent").path("environment");
        String gateway = "http://bus-gateway:8080";
        assertEquals(gateway, environment.path("BUS_API_BASE_URL").asText());
        assertEquals(gateway, environment.path("BUS_AUTH_API_URL").asText());
    }

    /** Its own default is to hand on nothing: without the option no quota ever counts. */
    @Test
    void shouldHandOnWhatIsUsedToBeBilled() {
        List<String> command = words(service("bus-integration-usage").path("command"));

        assertTrue(command.contains("--billing-export=default"), command.toString());
    }

    @Test
    void shouldHaveEveryProgramInTheImage() throws IOException {
        String dockerfile = Files.readString(CONF.resolve("Dockerfile"));
        String install = Files.readString(CONF.resolveSibling("scripts").resolve("install"));
        Matcher names = Pattern.compile("NAMES='([^']+)'").matcher(install);
        assertTrue(names.find(), "the list of programs");
        for (String program : List.of(names.group(1).strip().split("\\s+", -1))) {
            assertTrue(dockerfile.matches("(?s).*[ \n]" + Pattern.quote(program) + "[ ;\n].*"), program + " is linked");
        }
    }

    @Test
    void shouldLetNobodyButThisMachineIn() {
        List<String> open = services()
                .flatMap(name -> texts(service(name).path("ports")).stream())
                .toList();
        assertEquals(1, open.size(), "the gateway alone: " + open);
        assertTrue(open.getFirst().startsWith("127.0.0.1:"), open.getFirst());
    }
}
