package com.busdk.broker.envelope;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EnvelopeReaderTest {
    private static final Publisher USER = new Publisher("user-1", false);
    private static final Publisher SERVICE = new Publisher("service-1", true);

    private final EnvelopeReader reader = new EnvelopeReader();

    @Test
    void shouldWriteTheFieldsInOneOrderWhateverTheirOrderWas() throws EnvelopeException {
        String stored = stored(USER, """
            {"payload": {"b": 1, "a": 2}, "key":"k", "error":{"type":"t","message":"m"}, "unknown":[{}],
             "metadata":{"x":"y"}, "correlationId":"c", "id":"evt_1", "name":"example.ping", "sequence":7}\
            """);
        assertEquals("""
            "name":"example.ping","correlationId":"c","identityId":"user-1","key":"k","metadata":{"x":"y"},\
            "error":{"type":"t","message":"m"},"payload":{"b": 1, "a": 2}}
            """, stored);
    }

    @Test
    void shouldMakeThePayloadNullWhereThereIsNone() throws EnvelopeException {
        assertEquals(
                "\"name\":\"a.b\",\"identityId\":\"user-1\",\"payload\":null}\n", stored(USER, "{\"name\":\"a.b\"}"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "123456789012345678901234567890.10",
                "{\"z\":1,\"a\":2,\"z\":3}",
                "\"\\u0041\\/\\ud800 \u007f\"",
                "[ 1 ,\t2 ]",
                "-0.0E+00",
                "\"a \u2028 b\""
            })
    void shouldKeepThePayloadByteForByte(String payload) throws EnvelopeException {
        String stored = stored(USER, "{\"payload\":" + payload + " , \"name\":\"a.b\"}");
        assertTrue(stored.endsWith(",\"payload\":" + payload + "}\n"), stored);
    }

    @Test
    void shouldTurnLineBreaksBetweenTokensIntoSpaces() throws EnvelopeException {
        String stored = stored(
                USER,
                "{\n\"name\":\"a.b\",\r\n\"metadata\":{\n\"a\":\"b\"},\"error\":{\"type\":\n\"t\"},"
                        + "\"payload\":[1,\r\n2,\n\"\\n\"]\n}\n");
        assertTrue(
                stored.endsWith(
                        ",\"metadata\":{ \"a\":\"b\"},\"error\":{\"type\": \"t\"},\"payload\":[1,  2, \"\\n\"]}\n"),
                stored);
    }

    @Test
    void shouldReadCorrelationIdByItsOtherName() throws EnvelopeException {
        EventBatch batch = batch(USER, "{\"name\":\"a.b\",\"correlation_id\":\"c-1\"}");
        assertEquals("c-1", correlation(batch, 0));
        assertEquals("c-1", reader.correlationId());
    }

    @Test
    void shouldTakeBothNamesOfTheCorrelationIdOnlyWhereTheyAgree() throws EnvelopeException {
        assertEquals(
                "é",
                correlation(
                        batch(USER, "{\"name\":\"a.b\",\"correlation_id\":\"\\u00e9\",\"correlationId\":\"é\"}"), 0));
        refused("{\"name\":\"a.b\",\"correlation_id\":\"x\",\"correlationId\":\"y\"}", "differ");
    }

    @Test
    void shouldEncodeEqualStringsAlikeHoweverTheyWereWritten() throws EnvelopeException {
        EventBatch batch = new EventBatch(64, 1);
        for (String text : List.of("\\u0041\\u000A\\u00e9\\/\\ud83d\\ude00\\u001f", "A\\né/😀\\u001F")) {
            read(USER, "{\"name\":\"a.b\",\"correlationId\":\"" + text + "\",\"key\":\"" + text + "\"}");
            reader.appendTo(batch, USER);
        }
        String canonical = "A\\né/😀\\u001f";
        assertAll(
                () -> assertEquals(canonical, correlation(batch, 0)),
                () -> assertEquals(canonical, correlation(batch, 1)),
                () -> assertEquals(canonical, text(batch, 0, batch.keyOffset(0), batch.keyLength(0))),
                () -> assertEquals(canonical, text(batch, 1, batch.keyOffset(1), batch.keyLength(1))));
    }

    @Test
    void shouldNameTheSubjectAsOwnerUnlessAServiceNamesAnother() throws EnvelopeException {
        String envelope = "{\"name\":\"a.b\",\"identityId\":\"someone \\\"else\\\"\"}";
        assertAll(
                () -> assertEquals("user-1", owner(batch(USER, envelope))),
                () -> assertEquals("someone \\\"else\\\"", owner(batch(SERVICE, envelope))),
                () -> assertEquals("service-1", owner(batch(SERVICE, "{\"name\":\"a.b\"}"))),
                () -> assertEquals("service-1", owner(batch(SERVICE, "{\"name\":\"a.b\",\"identityId\":null}"))));
    }

    /** It is ignored: only that it is JSON is asked of it, as of every unknown field. */
    @ParameterizedTest
    @ValueSource(strings = {"\"\"", "5", "{\"a\":[null]}", "\"\\ud800\"", "\"x\",\"identityId\":\"y\""})
    void shouldPassOverWhateverAUserNamesAsOwner(String value) throws EnvelopeException {
        String plain = stored(USER, "{\"name\":\"a.b\"}");
        assertEquals(plain, stored(USER, "{\"name\":\"a.b\",\"identityId\":" + value + "}"));
        assertEquals(plain, stored(USER, "{\"\\u0069dentityId\":" + value + ",\"name\":\"a.b\"}"));
    }

    @Test
    void shouldPassOverTheOwnerOfAUserHoweverLongButNotHoweverWritten() throws EnvelopeException {
        assertEquals(stored(USER, "{\"name\":\"a.b\"}"), stored(USER, envelope("identityId", "x".repeat(256))));
        byte[] bytes = "{\"name\":\"a.b\",\"identityId\":nobody}".getBytes(StandardCharsets.UTF_8);
        assertThrows(EnvelopeException.class, () -> reader.read(bytes, 0, bytes.length, USER));
    }

    @Test
    void shouldHashTheIdempotencyKeyTogetherWithThePublisher() throws EnvelopeException {
        EventBatch batch = new EventBatch(64, 1);
        String keyed = "{\"name\":\"a.b\",\"idempotencyKey\":\"k\"}";
        add(batch, USER, keyed);
        add(batch, USER, "{\"name\":\"c.d\",\"idempotencyKey\":\"\\u006b\"}");
        add(batch, SERVICE, keyed);
        add(batch, USER, "{\"name\":\"a.b\"}");
        read(USER, "{\"name\":\"a.b\"}");
        reader.appendTo(batch, USER, null, "k");
        assertAll(
                () -> assertEquals(batch.idempotencyHigh(0), batch.idempotencyHigh(1)),
                () -> assertEquals(batch.idempotencyLow(0), batch.idempotencyLow(1)),
                () -> assertNotEquals(batch.idempotencyHigh(0), batch.idempotencyHigh(2)),
                () -> assertFalse(batch.hasIdempotencyKey(3)),
                () -> assertEquals(batch.idempotencyLow(0), batch.idempotencyLow(4)));
    }

    @Test
    void shouldPutInACorrelationIdOnlyWhereNoneWasGiven() throws EnvelopeException {
        EventBatch batch = new EventBatch(64, 1);
        read(USER, "{\"name\":\"a.b\"}");
        reader.appendTo(batch, USER, "made", null);
        read(USER, "{\"name\":\"a.b\",\"correlationId\":\"own\"}");
        reader.appendTo(batch, USER, "made", null);
        assertEquals("made", correlation(batch, 0));
        assertEquals("own", correlation(batch, 1));
    }

    @Test
    void shouldRememberWhereTheNameIsAndItsHash() throws EnvelopeException {
        EventBatch batch = batch(USER, "{\"n\\u0061me\":\"ex\\u0061mple.ping-1_x\"}");
        assertAll(
                () -> assertEquals("example.ping-1_x", reader.name()),
                () -> assertTrue(reader.nameIs("example.ping-1_x".getBytes(StandardCharsets.US_ASCII))),
                () -> assertFalse(reader.nameIs("example.ping".getBytes(StandardCharsets.US_ASCII))),
                () -> assertEquals("example.ping-1_x", text(batch, 0, EventBatch.NAME_OFFSET, batch.nameLength(0))),
                () -> assertEquals("example.ping-1_x".hashCode(), batch.nameHash(0)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"correlationId", "correlation_id", "identityId", "key", "metadata", "error", "idempotencyKey"})
    void shouldTakeNullAsLeftOut(String field) throws EnvelopeException {
        assertEquals(
                stored(SERVICE, "{\"name\":\"a.b\"}"), stored(SERVICE, "{\"name\":\"a.b\",\"" + field + "\":null}"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "name",
                "correlationId",
                "correlation_id",
                "identityId",
                "key",
                "metadata",
                "error",
                "payload",
                "idempotencyKey"
            })
    void shouldRefuseAKnownFieldThatIsGivenTwice(String field) {
        String member = "\"" + field + "\":" + valueFor(field);
        String name = field.equals("name") ? "" : "\"name\":\"a.b\",";
        refused("{" + name + member + "," + member + "}", "given twice");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"correlationId", "correlation_id", "identityId", "key", "metadata", "error", "idempotencyKey"})
    void shouldRefuseWrongTypes(String field) {
        for (String value : List.of("1", "true", "[]", "[\"x\"]", field.equals("error") ? "\"x\"" : "{\"type\":1}")) {
            refused("{\"name\":\"a.b\",\"" + field + "\":" + value + "}", field);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a",
                "",
                ".a",
                "a.",
                "a..b",
                "A.b",
                "a.B",
                "a b.c",
                "a.ä",
                "a.b ",
                "bus.vm.*",
                "a.>",
                "a/b.c",
                "a.\\u0000",
                "a,b.c"
            })
    void shouldRefuseWhatIsNoName(String name) {
        refused("{\"name\":\"" + name + "\"}", "is not an event name");
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "1", "[\"a.b\"]", "{}"})
    void shouldRefuseANameThatIsNoString(String name) {
        refused("{\"name\":" + name + "}", "name is not a string");
    }

    @Test
    void shouldRefuseAnEnvelopeWithoutName() {
        refused("{}", "name is missing");
        refused("{\"payload\":1}", "name is missing");
        refused("{\"payload\":{\"name\":\"a.b\"}}", "name is missing");
    }

    @ParameterizedTest
    @CsvSource({"correlationId", "correlation_id", "identityId", "key", "idempotencyKey"})
    void shouldCountBytesOfUtf8ForTheLengthOfIds(String field) throws EnvelopeException {
        stored(SERVICE, envelope(field, "x".repeat(255)));
        stored(SERVICE, envelope(field, "é".repeat(127)));
        stored(SERVICE, envelope(field, "\\u00e9".repeat(127)));
        stored(SERVICE, envelope(field, "\\u001f".repeat(255)));
        refused(envelope(field, "x".repeat(256)), "longer than 255 bytes");
        refused(envelope(field, "é".repeat(128)), "longer than 255 bytes");
        refused(envelope(field, "\\u00e9".repeat(128)), "longer than 255 bytes");
        refused(envelope(field, "\\ud83d\\ude00".repeat(64)), "longer than 255 bytes");
    }

    @Test
    void shouldTakeNamesUpTo255Bytes() throws EnvelopeException {
        stored(USER, "{\"name\":\"a." + "b".repeat(253) + "\"}");
        refused("{\"name\":\"a." + "b".repeat(254) + "\"}", "255 bytes");
    }

    @Test
    void shouldRefuseHalfCharactersWhereItReadsTheText() throws EnvelopeException {
        refused("{\"name\":\"a.b\",\"correlationId\":\"\\ud800\"}", "half a surrogate");
        refused("{\"name\":\"a.b\",\"key\":\"\\udc00\\ud800\"}", "half a surrogate");
        refused("{\"name\":\"a.b\",\"metadata\":{\"\\ud800x\":\"y\"}}", "half a surrogate");
        refused("{\"name\":\"a.b\",\"metadata\":{\"x\":\"\\ud800\\u0041\"}}", "half a surrogate");
        refused("{\"name\":\"a.b\",\"error\":{\"type\":\"\\udfff\"}}", "half a surrogate");
        stored(USER, "{\"\\ud800\":\"\\udc00\",\"name\":\"a.b\",\"payload\":\"\\ud800\"}");
    }

    @Test
    void shouldBoundMetadata() throws EnvelopeException {
        stored(USER, metadata(32, 1));
        refused(metadata(33, 1), "more than 32 entries");
        stored(USER, metadata(1, 4096 - "k0".length()));
        refused(metadata(1, 4097 - "k0".length()), "more than 4096 bytes");
        refused("{\"name\":\"a.b\",\"metadata\":{\"a\":1}}", "not a string");
        refused("{\"name\":\"a.b\",\"metadata\":{\"a\":null}}", "not a string");
        refused("{\"name\":\"a.b\",\"metadata\":{\"a\":\"b\",\"\\u0061\":\"c\"}}", "key is given twice");
        refused("{\"name\":\"a.b\",\"metadata\":{\"a\":\"b\",}}", "field name");
        assertTrue(stored(USER, "{\"name\":\"a.b\",\"metadata\":{ }}").contains("\"metadata\":{ }"));
    }

    @Test
    void shouldWantATypeInAnError() throws EnvelopeException {
        refused("{\"name\":\"a.b\",\"error\":{}}", "error has no type");
        refused("{\"name\":\"a.b\",\"error\":{\"message\":\"m\"}}", "error has no type");
        refused("{\"name\":\"a.b\",\"error\":{\"type\":1}}", "error.type is not a string");
        refused("{\"name\":\"a.b\",\"error\":{\"type\":\"t\",\"message\":[]}}", "error.message is not a string");
        refused("{\"name\":\"a.b\",\"error\":{\"type\":\"t\",\"type\":\"u\"}}", "given twice");
        stored(USER, "{\"name\":\"a.b\",\"error\":{\"type\":\"t\",\"message\":null,\"more\":{\"x\":[1]}}}");
    }

    @Test
    void shouldRefuseEmptyOwnersAndIdempotencyKeys() {
        refused("{\"name\":\"a.b\",\"identityId\":\"\"}", "identityId is empty");
        refused("{\"name\":\"a.b\",\"idempotencyKey\":\"\"}", "idempotencyKey is empty");
    }

    @Test
    void shouldKeepAnEmptyCorrelationIdButNotListenForIt() throws EnvelopeException {
        EventBatch batch = batch(USER, "{\"name\":\"a.b\",\"correlationId\":\"\",\"key\":\"\"}");
        assertEquals(0, batch.correlationLength(0));
        assertEquals(0, batch.keyLength(0));
        assertTrue(tail(batch, 0).contains("\"correlationId\":\"\""));
    }

    @Test
    void shouldAllow500LevelsAndNoMore() throws EnvelopeException {
        stored(USER, "{\"name\":\"a.b\",\"payload\":" + nested(499) + "}");
        refused("{\"name\":\"a.b\",\"payload\":" + nested(500) + "}", "nested deeper than 500");
        refused("{\"name\":\"a.b\",\"x\":" + "[".repeat(1_000_000), "nested deeper than 500");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''|there is no envelope|0",
                "'  '|there is no envelope|2",
                "[]|an envelope is a JSON object|0",
                "'null'|an envelope is a JSON object|0",
                "{'name':'a.b'}x|something follows|14",
                "{'name':'a.b'}{'name':'a.b'}|something follows|14",
                "{'name':'a.b',}|a field name in double quotes|14",
                "{'name' 'a.b'}|a colon is expected|8",
                "{'name':'a.b' 'x':1}|a comma or }|14",
                "{'name':'a.b','payload':01}|a comma or }|25",
                "{'name':'a.b','payload':NaN}|a JSON value is expected|24",
                "{'name':'a.b','payload':nul}|a JSON value is expected|24",
                "{'name':'a.b','payload':'\\x'}|no such escape|25",
                "{'name':'a.b','payload':'\\u12g4'}|four hex digits|29",
                "{'name':'a.b','payload':|ends too early|24",
                "{'name':'a.b','payload':'x|ends too early|26",
                "{'name':'a.b'|ends too early|13",
                "{name:'a.b'}|a field name in double quotes|1"
            })
    void shouldSayWhereJsonGoesWrong(String text, String problem, int offset) {
        EnvelopeException e = refused(text.replace('\'', '"'), problem);
        assertEquals(offset, e.offset());
        assertTrue(String.valueOf(e.getMessage()).endsWith("(at byte " + offset + ")"), e.getMessage());
    }

    @Test
    void shouldRefuseTextThatIsNotPlainUtf8() {
        refused(new byte[] {(byte) 0xef, (byte) 0xbb, (byte) 0xbf, '{', '}'}, "byte-order mark");
        refused("{\"name\":\"a.b\"}".getBytes(StandardCharsets.UTF_16LE), "field name");
        refused("{\"name\":\"a.b\"}".getBytes(StandardCharsets.UTF_16), "an envelope is a JSON object");
        refused("{\"name\":\"a.b\",\"payload\":\"é\"}".getBytes(StandardCharsets.ISO_8859_1), "not UTF-8");
        refused("{\"name\":\"a.b\",\"payload\":\"a\u0001b\"}", "control character");
    }

    @Test
    void shouldCountOffsetsFromTheStartOfTheEnvelope() {
        byte[] bytes = "garbage{\"name\":1}".getBytes(StandardCharsets.UTF_8);
        EnvelopeException e = assertThrows(EnvelopeException.class, () -> reader.read(bytes, 7, bytes.length, SERVICE));
        assertEquals(8, e.offset());
    }

    @Test
    void shouldForgetTheEnvelopeBefore() throws EnvelopeException {
        stored(
                SERVICE,
                "{\"name\":\"a.b\",\"correlationId\":\"c\",\"identityId\":\"i\",\"key\":\"k\",\"metadata\":{\"a\":\"b\"},"
                    + "\"error\":{\"type\":\"t\"},\"payload\":1,\"idempotencyKey\":\"x\"}");
        EventBatch batch = batch(SERVICE, "{\"name\":\"c.d\"}");
        assertEquals("\"name\":\"c.d\",\"identityId\":\"service-1\",\"payload\":null}\n", tail(batch, 0));
        assertFalse(batch.hasIdempotencyKey(0));
    }

    private static String valueFor(String field) {
        return switch (field) {
            case "name" -> "\"a.b\"";
            case "metadata" -> "{}";
            case "error" -> "{\"type\":\"t\"}";
            default -> "\"x\"";
        };
    }

    private static String envelope(String field, String value) {
        return "{\"name\":\"a.b\",\"" + field + "\":\"" + value + "\"}";
    }

    private static String metadata(int entries, int valueLength) {
        StringBuilder out = new StringBuilder("{\"name\":\"a.b\",\"metadata\":{");
        for (int i = 0; i < entries; i++) {
            out.append(i == 0 ? "" : ",").append("\"k").append(i).append("\":\"");
            out.append("v".repeat(valueLength)).append('"');
        }
        return out.append("}}").toString();
    }

    private static String nested(int levels) {
        return "[".repeat(levels) + "]".repeat(levels);
    }

    private EnvelopeException refused(String text, String problem) {
        return refused(text.getBytes(StandardCharsets.UTF_8), problem);
    }

    private EnvelopeException refused(byte[] bytes, String problem) {
        EnvelopeException e = assertThrows(EnvelopeException.class, () -> reader.read(bytes, 0, bytes.length, SERVICE));
        assertTrue(String.valueOf(e.getMessage()).contains(problem), e.getMessage());
        return e;
    }

    private void read(Publisher publisher, String text) throws EnvelopeException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        reader.read(bytes, 0, bytes.length, publisher);
    }

    private void add(EventBatch batch, Publisher publisher, String text) throws EnvelopeException {
        read(publisher, text);
        reader.appendTo(batch, publisher);
    }

    private EventBatch batch(Publisher publisher, String text) throws EnvelopeException {
        EventBatch batch = new EventBatch(1, 1);
        add(batch, publisher, text);
        return batch;
    }

    private String stored(Publisher publisher, String text) throws EnvelopeException {
        return tail(batch(publisher, text), 0);
    }

    private static String tail(EventBatch batch, int index) {
        return text(batch, index, 0, batch.length(index));
    }

    private static String owner(EventBatch batch) {
        return text(batch, 0, batch.ownerOffset(0), batch.ownerLength(0));
    }

    private static String correlation(EventBatch batch, int index) {
        return text(batch, index, batch.correlationOffset(index), batch.correlationLength(index));
    }

    private static String text(EventBatch batch, int index, int offset, int length) {
        return new String(batch.bytes(), batch.start(index) + offset, length, StandardCharsets.UTF_8);
    }
}
