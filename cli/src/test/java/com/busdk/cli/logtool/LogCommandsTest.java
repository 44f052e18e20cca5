package com.busdk.cli.logtool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.busdk.broker.EventsOptions;
import com.busdk.broker.EventsService;
import com.busdk.cli.CommandLineRun;
import com.busdk.cli.CommandLineRun.Result;
import com.busdk.client.auth.Hs256Secret;
import com.busdk.client.auth.Scopes;
import com.busdk.client.auth.TokenMinter;
import com.busdk.client.auth.TokenMinter.Grant;
import com.busdk.client.auth.TokenSource;
import com.busdk.client.event.Envelope;
import com.busdk.client.events.EventsClient;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.RandomAccessFile;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.UserPrincipal;
import java.time.Clock;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The log of a service, looked at and repaired after it has stopped. */
class LogCommandsTest {
    private static final String SECRET = "a-secret-of-tests-that-is-long-enough-for-hs256";
    private static final int EVENTS = 10;

    @TempDir
    Path folder;

    private Path data;

    @BeforeEach
    void makeALog() throws Exception {
        data = folder.resolve("data");
        withService(client -> {
            for (int i = 0; i < EVENTS; i++) {
                String name = i % 5 == 0 ? "example.rare" : "example.often";
                await(client.publish(Envelope.builder(name).payload("" + i).build()));
            }
        });
    }

    private interface Use {
        void of(EventsClient client) throws Exception;
    }

    private void withService(Use use) throws Exception {
        Vertx vertx = Vertx.vertx();
        EventsService service = await(EventsService.start(
                null,
                EventsOptions.read(
                        Map.of("addr", "127.0.0.1:0", "data-dir", data.toString()),
                        Map.of("BUS_EVENTS_JWT_SECRET", SECRET))));
        String token = new TokenMinter(Hs256Secret.parse(SECRET), Clock.systemUTC())
                .mint(Grant.service("test", Scopes.parse("events:send events:listen")));
        EventsClient client = EventsClient.create(vertx, URI.create(service.url()), TokenSource.fixed(token));
        try {
            use.of(client);
        } finally {
            await(client.close());
            await(service.stop());
            await(vertx.close());
        }
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    private Result bus(String... words) throws Exception {
        return CommandLineRun.in(folder).run(words);
    }

    private Path segment() throws Exception {
        try (var files = Files.list(data)) {
            return files.filter(file -> file.toString().endsWith(".log"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    /** Turns a bit round in the middle of the fifth event. */
    private void damage() throws Exception {
        byte[] bytes = Files.readAllBytes(segment());
        String text = new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1);
        int at = text.indexOf("\"payload\":4");
        try (RandomAccessFile file = new RandomAccessFile(segment().toFile(), "rw")) {
            file.seek(at);
            file.write(bytes[at] ^ 1);
        }
    }

    @Test
    void shouldFindAGoodLogSoundAndCountIt() throws Exception {
        Result verify = bus("events", "log", "verify", "data");
        assertEquals(0, verify.code(), verify.err());
        assertTrue(verify.out().startsWith(EVENTS + " events (sequence 1 to 10)"), verify.out());
        assertTrue(verify.out().endsWith("sound\n"), verify.out());

        Result stat = bus("events", "log", "stat", "--top", "1", "data");
        assertEquals(0, stat.code(), stat.err());
        assertTrue(stat.out().startsWith("10 events of 2 names in 1 segments, "), stat.out());
        assertTrue(stat.out().contains("example.often") && !stat.out().contains("example.rare"), stat.out());
        assertTrue(bus("events", "log", "stat", "-f", "json", "data").out().contains("\"count\":8"));
        assertEquals(
                "nothing to repair\n", bus("events", "log", "repair", "data").out());
    }

    @Test
    void shouldNameDamageAndRepairOnlyWhenTold() throws Exception {
        damage();
        byte[] before = Files.readAllBytes(segment());

        Result verify = bus("events", "log", "verify", "data");
        assertEquals(1, verify.code());
        assertTrue(verify.out().contains("damaged: " + segment() + " at offset "), verify.out());
        assertTrue(bus("events", "log", "verify", "-f", "json", "data").out().contains("\"sound\":false"));

        Result plan = bus("events", "log", "repair", "data");
        assertEquals(1, plan.code());
        assertTrue(plan.out().contains("nothing was changed: add --yes"), plan.out());
        assertEquals(before.length, Files.size(segment()));

        Result repair = bus("events", "log", "repair", "--yes", "data");
        assertEquals(0, repair.code(), repair.out());
        assertTrue(repair.out().startsWith("done:\n  cut "), repair.out());
        assertEquals(0, bus("events", "log", "verify", "data").code());
        withService(client -> assertEquals(
                4,
                await(client.names()).path("names").path(0).path("count").asInt()
                        + await(client.names())
                                .path("names")
                                .path(1)
                                .path("count")
                                .asInt()));
    }

    @Test
    @Timeout(60)
    void shouldEndAServiceWithACodeOfItsOwnWhereItsLogIsDamaged() throws Exception {
        damage();

        Result refused = CommandLineRun.in(folder)
                .with("BUS_EVENTS_JWT_SECRET", SECRET)
                .run("api", "provider", "events", "--addr", "127.0.0.1:0", "--data-dir", "data");

        assertEquals(74, refused.code(), refused.err());
        assertTrue(refused.err().contains(segment() + " is damaged at offset "), refused.err());
        String unit = Files.readString(Path.of("..", "conf", "systemd", "bus-api-provider-events.service"));
        assertTrue(unit.contains("\nRestartPreventExitStatus=2 74 77\n"), "systemd does not try again");
    }

    @Test
    void shouldLeaveAllFilesToTheOwnerOfTheFolder() throws Exception {
        assumeTrue(System.getProperty("user.name").equals("root"), "only root can give files away");
        damage();
        var users = data.getFileSystem().getUserPrincipalLookupService();
        UserPrincipal service = users.lookupPrincipalByName("daemon");
        GroupPrincipal group = users.lookupPrincipalByGroupName("daemon");
        try (var files = Files.walk(data)) {
            for (Path file : files.toList()) {
                PosixFileAttributeView view = Files.getFileAttributeView(file, PosixFileAttributeView.class);
                view.setOwner(service);
                view.setGroup(group);
            }
        }
        Files.delete(data.resolve("lock")); // made anew by whoever opens the log

        assertEquals(0, bus("events", "log", "repair", "--yes", "data").code());

        int damaged = 0;
        try (var files = Files.list(data)) {
            for (Path file : files.toList()) {
                var owner = Files.readAttributes(file, PosixFileAttributes.class);
                assertEquals(service, owner.owner(), file.toString());
                assertEquals(group, owner.group(), file.toString());
                damaged += file.toString().endsWith(".damaged") ? 1 : 0;
            }
        }
        assertEquals(1, damaged, "what was taken out is kept");
        assertTrue(Files.exists(data.resolve("lock")));
    }

    @Test
    void shouldNotTouchTheLogOfARunningService() throws Exception {
        withService(client -> {
            for (String verb : new String[] {"verify", "repair", "stat"}) {
                Result refused = bus("events", "log", verb, "data");
                assertEquals(1, refused.code());
                assertTrue(refused.err().contains("Stop who has it"), refused.err());
            }
        });
        Result nowhere = bus("events", "log", "verify", "nowhere");
        assertEquals(1, nowhere.code());
        assertTrue(nowhere.err().contains("there is no directory"), nowhere.err());
        assertEquals(2, bus("events", "log", "stat", "--top", "x", "data").code());
    }
}
