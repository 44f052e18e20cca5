package com.busdk.broker.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.config.ConfigException;
import com.busdk.client.identity.Audiences;
import com.busdk.client.identity.Identity;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tables that operators write. */
class EventAccessFileTest {
    private static final Identity USER = new Identity("u-1", Audiences.DEFAULT.api(), false, Set.of("a:b"), 100);
    private static final Identity SERVICE = new Identity("s-1", Audiences.DEFAULT.api(), true, Set.of("a:b"), 100);

    @TempDir
    private Path dir;

    private EventAccess load(String json) throws Exception {
        return EventAccess.load(Files.writeString(dir.resolve("table.json"), json), Audiences.DEFAULT);
    }

    private String failure(String json) {
        ConfigException e = assertThrows(ConfigException.class, () -> load(json));
        assertEquals("--event-access", e.option());
        String message = String.valueOf(e.getMessage());
        assertTrue(message.contains("table.json"), message);
        return message;
    }

    private static String rules(String... rules) {
        return "{\"rules\":[" + String.join(",", rules) + "]}";
    }

    @Test
    void shouldTakeTheFirstRuleThatMatches() throws Exception {
        EventAccess access = load(rules(
                "{\"name\":\"x.y\",\"scope\":\"nobody\"}",
                "{\"name\":\"x.*\",\"scope\":\"any-token\",\"comment\":\"for all\"}",
                "{\"name\":\"z.*\",\"send\":\"a:b\",\"listen\":\"nobody\"}"));

        assertFalse(access.mayPublish(USER, "x.y").allowed());
        assertTrue(access.mayPublish(USER, "x.y.z").allowed());
        assertTrue(access.mayListen(USER, "x.z").allowed());
        assertTrue(access.mayPublish(USER, "z.z").allowed());
        assertFalse(access.mayListen(USER, "z.z").allowed());
    }

    @Test
    void shouldRefuseWhatNoRuleIsAbout() throws Exception {
        EventAccess access = load(rules("{\"name\":\"x.*\",\"scope\":\"any-token\"}"));

        assertFalse(access.mayPublish(USER, "y.x").allowed());
        assertFalse(access.mayListen(USER, "y.x").allowed());
    }

    @ParameterizedTest
    @CsvSource({"internal,false", "api,true", "ai.hg.fi/internal,false", "ai.hg.fi/api,true"})
    void shouldTakeAnAudienceByItsPartOrItsName(String audience, boolean allowed) throws Exception {
        EventAccess access = load(rules("{\"name\":\"*\",\"scope\":\"any-token\",\"audience\":\"" + audience + "\"}"));

        assertEquals(allowed, access.mayPublish(USER, "x.y").allowed());
    }

    @Test
    void shouldTakeServiceOnlyAsAFlag() throws Exception {
        assertFalse(load(rules("{\"name\":\"*\",\"scope\":\"any-token\",\"serviceOnly\":true}"))
                .mayPublish(USER, "x.y")
                .allowed());
        assertTrue(load(rules("{\"name\":\"*\",\"scope\":\"any-token\",\"serviceOnly\":false}"))
                .mayPublish(USER, "x.y")
                .allowed());
    }

    @Test
    void shouldTakeServiceOnlyForSendingAlone() throws Exception {
        EventAccess access = load(rules("{\"name\":\"x.*\",\"scope\":\"a:b\",\"serviceOnly\":\"send\"}"));

        Decision.Refused refused = assertInstanceOf(Decision.Refused.class, access.mayPublish(USER, "x.y"));
        assertTrue(refused.message().contains("a service token"), refused.message());
        assertTrue(access.mayListen(USER, "x.y").allowed());
        assertTrue(access.mayPublish(SERVICE, "x.y").allowed());
        assertTrue(access.mayListen(SERVICE, "x.y").allowed());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "{}",
                "7",
                "{\"rules\":{}}",
                "{\"rules\":[]}",
                "{\"rules\":[],\"more\":1}",
                "{\"rule\":[]}",
                "{\"rules\":[{\"name\":\"*\",\"scope\":\"a:b\"}]} x",
                "{\"rules\":[{\"name\":\"*\",\"scope\":\"a:b\"}],\"rules\":[]}",
                "{\"rules\":[{\"name\":\"*\",\"scope\":\"a:b\"}]",
                "not json",
            })
    void shouldRefuseAFileThatIsNoTable(String json) {
        failure(json);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "7",
                "null",
                "[]",
                "{}",
                "{\"name\":\"x.y\"}",
                "{\"scope\":\"a:b\"}",
                "{\"name\":null,\"scope\":\"a:b\"}",
                "{\"name\":[\"x.y\"],\"scope\":\"a:b\"}",
                "{\"name\":\"x.y\",\"scope\":7}",
                "{\"name\":\"x.y\",\"scope\":\"\"}",
                "{\"name\":\"x.y\",\"scope\":\"a b\"}",
                "{\"name\":\"x.y\",\"scope\":\"a:b\",\"scopes\":\"a:b\"}",
                "{\"name\":\"x.y\",\"scope\":\"a:b\",\"Scope\":\"a:b\"}",
                "{\"name\":\"x.y\",\"scope\":\"a:b\",\"scope\":\"c:d\"}",
                "{\"name\":\"x.y\",\"scope\":\"a:b\",\"send\":\"a:b\"}",
                "{\"name\":\"x.y\",\"scope\":\"a:b\",\"send\":\"a:b\",\"listen\":\"a:b\"}",
                "{\"name\":\"x.y\",\"send\":\"a:b\"}",
                "{\"name\":\"x.y\",\"listen\":\"a:b\"}",
                "{\"name\":\"x.y\",\"scope\":\"a:b\",\"audience\":\"public\"}",
                "{\"name\":\"x.y\",\"scope\":\"a:b\",\"audience\":null}",
                "{\"name\":\"x.y\",\"scope\":\"a:b\",\"serviceOnly\":\"true\"}",
                "{\"name\":\"x.y\",\"scope\":\"a:b\",\"serviceOnly\":1}",
                "{\"name\":\"x.y\",\"scope\":\"a:b\",\"serviceOnly\":null}",
                "{\"name\":\"x.y\",\"scope\":\"a:b\",\"serviceOnly\":\"listen\"}",
                "{\"name\":\"x.y\",\"scope\":\"a:b\",\"serviceOnly\":\"send\",\"audience\":\"internal\"}",
                "{\"name\":\"x.y\",\"scope\":\"a:b\",\"comment\":1}",
                "{\"name\":\"first.x\",\"scope\":\"a:b\"}",
                "{\"name\":\"first.x.*\",\"scope\":\"a:b\"}",
                "{\"name\":\"first.*\",\"scope\":\"a:b\"}",
            })
    void shouldNameTheEntryThatIsWrong(String rule) {
        String message = failure(rules("{\"name\":\"first.*\",\"scope\":\"a:b\"}", rule));

        assertTrue(message.contains("entry 2"), message);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "x",
                ".*",
                "**",
                "*.x",
                "x.*.y",
                "x.**",
                "x*",
                "x.y*",
                "x..*",
                "X.*",
                "x.>",
                ">",
                "x.y.",
                ".x.y",
                "x y.*",
                "x/.*",
                "bus.vm.status.*/bus.vm.*",
            })
    void shouldRefuseABadPattern(String pattern) {
        String message = failure(rules("{\"name\":\"" + pattern + "\",\"scope\":\"a:b\"}"));

        assertTrue(message.contains("entry 1: name "), message);
    }

    @Test
    void shouldRefuseAPatternThatNoNameFits() {
        String longest = "x." + "y".repeat(251);
        assertEquals(255, longest.length() + 2);

        failure(rules("{\"name\":\"" + longest + "z.*\",\"scope\":\"a:b\"}"));
        assertTrue(EventPattern.parse(longest + ".*").matches(longest + ".z"));
    }

    @Test
    void shouldRefuseATableThatIsTooLong() {
        StringBuilder many = new StringBuilder("{\"name\":\"x.n0\",\"scope\":\"a:b\"}");
        for (int i = 1; i <= EventAccessReader.MAX_RULES; i++) {
            many.append(",{\"name\":\"x.n").append(i).append("\",\"scope\":\"a:b\"}");
        }

        assertTrue(failure(rules(many.toString())).contains("at most 1000"));
        assertTrue(failure(" ".repeat(EventAccessReader.MAX_BYTES + 1)).contains("longer"));
    }

    @Test
    void shouldRefuseAFileThatIsNotThereOrNoText() throws Exception {
        Path missing = dir.resolve("missing.json");
        ConfigException e = assertThrows(ConfigException.class, () -> EventAccess.load(missing, Audiences.DEFAULT));
        assertTrue(String.valueOf(e.getMessage()).contains("no such file"), e.getMessage());

        Path latin1 = dir.resolve("table.json");
        Files.write(
                latin1,
                rules("{\"name\":\"*\",\"scope\":\"a:b\",\"comment\":\"ä\"}").getBytes(StandardCharsets.ISO_8859_1));
        assertThrows(ConfigException.class, () -> EventAccess.load(latin1, Audiences.DEFAULT));
    }
}
