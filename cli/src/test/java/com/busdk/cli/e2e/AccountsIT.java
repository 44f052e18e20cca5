package com.busdk.cli.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** From an address to a counted container run, on {@code bus up} as a newcomer has it. */
@Timeout(300)
class AccountsIT {
    private static final String EMAIL = "user@example.com";
    private static final String SCOPES = "vm:read vm:write container:run container:read billing:read billing:setup";
    private static final String[] RUN_EVENTS = {
        "bus.containers.run.request", "bus.containers.run.accepted", "bus.usage.record.request"
    };
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private Path directory;
    private Bus bus;

    @BeforeEach
    void layOut(@TempDir Path folder) {
        directory = folder;
        bus = new Bus(folder);
    }

    @AfterEach
    void stopAll() {
        bus.close();
    }

    private Bus.Ended done(String... words) throws Exception {
        Bus.Ended ended = bus.run(words);
        assertEquals(0, ended.code(), () -> String.join(" ", words) + "\n" + ended.out() + ended.err());
        return ended;
    }

    private static String password(Bus.Running up) throws Exception {
        var marked = Pattern.compile(">>> one-time password for " + Pattern.quote(EMAIL) + ": ([0-9]{6}) .*");
        Matcher matcher = marked.matcher(up.awaitOut(marked.asMatchPredicate()));
        assertTrue(matcher.matches());
        return matcher.group(1);
    }

    /** The first half of the way: an account that is approved, with an API token of its own. */
    private void becomeUser(Bus.Running up) throws Exception {
        assertTrue(done("auth", "register", "--email", EMAIL).out().contains("waitlisted"));
        done("auth", "login", "--email", EMAIL);
        done("auth", "verify", "--email", EMAIL, "--otp", password(up));
        done("operator", "auth", "approve", "--email", EMAIL);
        done("auth", "token", "--quiet", "--scope", SCOPES);
    }

    private Bus.Ended containerRun() throws Exception {
        return bus.run("containers", "run", "--profile", "codex", "--", "true");
    }

    private JsonNode billing() throws Exception {
        return MAPPER.readTree(done("billing", "status", "--format", "json").out());
    }

    private static long used(JsonNode status) {
        return status.path("usage").path(0).path("used").asLong();
    }

    private void awaitUsed(long seconds) throws Exception {
        Patience.until(seconds + " s are counted", () -> used(billing()) >= seconds, () -> {
            try {
                return billing().toString();
            } catch (Exception e) {
                return e.toString();
            }
        });
    }

    /** Everything of these names so far, as the stack's operator sees it. */
    private List<JsonNode> history(String... names) throws IOException, InterruptedException {
        List<String> words = new ArrayList<>(List.of(
                "events",
                "listen",
                "--replay",
                "--no-follow",
                "--token-file",
                directory.resolve("state/bus/api-token").toString()));
        Stream.of(names).forEach(name -> words.addAll(List.of("--name", name)));
        Bus.Ended listened = bus.run(words.toArray(String[]::new));
        assertEquals(0, listened.code(), listened.err());
        List<JsonNode> events = new ArrayList<>();
        for (String line : listened.out().lines().toList()) {
            events.add(MAPPER.readTree(line));
        }
        return events;
    }

    @Test
    void shouldLeadFromAnAddressToACountedRun() throws Exception {
        Bus.Running up = bus.up();
        Bus.Ended registered = bus.shell("bus auth register --email " + EMAIL + " && bus auth login --email " + EMAIL);
        assertEquals(0, registered.code(), registered.err());
        String otp = password(up);
        Bus.Ended verified = done("auth", "verify", "--email", EMAIL, "--otp", otp);
        assertTrue(verified.out().contains("waitlisted"), verified.out());
        assertEquals(77, bus.run("auth", "token", "--scope", SCOPES).code(), "nobody has approved it yet");
        assertTrue(done("operator", "auth", "waitlist").out().contains(EMAIL));
        assertTrue(done("operator", "auth", "approve", "--email", EMAIL).out().contains("approved"));
        String token = done("auth", "token", "--scope", SCOPES).out().strip();
        assertEquals(token, bus.file("config/auth/api-token").strip());
        assertEquals(3, token.split("\\.", -1).length);

        assertTrue(done("vm", "status").out().contains("static"));
        Bus.Ended ran = bus.shell("bus billing setup && bus containers run --profile codex -- true");
        assertEquals(0, ran.code(), ran.err());
        assertTrue(ran.out().startsWith("https://"), ran.out());
        awaitUsed(1);
        String status = done("billing", "status").out();
        assertTrue(
                status.matches("(?s)STATUS +PLAN .*\\nactive +default +container:run"
                        + " +bus_container_runtime_seconds +day +1 +36000\\n"),
                status);

        for (String file : new String[] {
            "config/auth/token", "config/auth/api-token", "config/auth/operator-token", "state/bus/auth.db"
        }) {
            var permissions = Files.getPosixFilePermissions(directory.resolve(file));
            assertEquals("rw-------", PosixFilePermissions.toString(permissions), file);
        }
        up.signal("TERM");
        Bus.Ended ended = up.end();
        assertEquals(0, ended.code(), ended.err());
        assertEquals("", ended.err());
    }

    @Test
    void shouldKeepAccountsAndCountersAcrossARestart() throws Exception {
        Bus.Running first = bus.up();
        becomeUser(first);
        done("billing", "setup");
        assertEquals(0, containerRun().code());
        awaitUsed(1);
        first.signal("KILL");
        first.end();

        bus.up();

        assertEquals(1, used(billing()));
        assertTrue(done("auth", "status").out().contains("approved"));
        assertEquals(0, containerRun().code());
        awaitUsed(2);
        assertTrue(done("auth", "logout").out().contains("logged out"));
        assertFalse(Files.exists(directory.resolve("config/auth/token")));
        assertFalse(Files.exists(directory.resolve("config/auth/api-token")));
    }

    @Test
    void shouldAskForASubscriptionBeforeAnythingIsSent() throws Exception {
        becomeUser(bus.up("--billing", "events"));

        Bus.Ended refused = containerRun();
        Bus.Ended start = bus.run("vm", "start");

        for (Bus.Ended ended : List.of(refused, start)) {
            assertEquals(1, ended.code(), ended.err());
            assertTrue(ended.err().contains("bus billing setup"), ended.err());
        }
        assertEquals(List.of(), history(RUN_EVENTS));
        assertEquals(List.of(), history("bus.vm.start.request"));
        JsonNode status = billing();
        assertEquals("missing", status.path("status").asText());
        assertTrue(status.path("setup_required").asBoolean());

        done("billing", "setup");
        assertEquals(0, containerRun().code());
    }

    @Test
    void shouldNameTheWindowAndThePlanWhenAQuotaIsUsedUp() throws Exception {
        Path data = Files.createDirectories(directory.resolve("state/bus"));
        Files.writeString(
                data.resolve("quota.json"),
                "{\"plans\":[{\"id\":\"default\",\"quotas\":[{\"feature\":\"container:run\",\"meter_event_name\":"
                        + "\"bus_container_runtime_seconds\",\"window\":\"month\",\"limit\":1,"
                        + "\"upgrade_plan_id\":\"pro\"}]}]}");
        becomeUser(bus.up("--billing", "events"));
        done("billing", "setup");
        assertEquals(0, containerRun().code());
        awaitUsed(1);
        int before = history(RUN_EVENTS).size();

        Bus.Ended refused = containerRun();

        assertEquals(1, refused.code(), refused.err());
        assertTrue(refused.err().contains("month"), refused.err());
        assertTrue(refused.err().contains("pro"), refused.err());
        assertEquals(before, history(RUN_EVENTS).size());
    }
}
