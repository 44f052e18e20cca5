package com.busdk.client.identity;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Reads JSON that somebody else wrote and on which access depends: UTF-8 only (Jackson itself would take UTF-16 too),
 * no name twice in an object, little nesting, short numbers. Usable from any thread.
 */
public final class StrictJson {

    /** Nesting of a token's claims or of a configuration file; more has no meaning here. */
    private static final int MAX_DEPTH = 16;

    /** Digits of a number: a date in seconds has eleven. Longer ones cost time to convert. */
    private static final int MAX_NUMBER_LENGTH = 32;

    /** Field names are neither interned nor kept in Jackson's symbol table: strangers choose those of a token. */
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    .maxNumberLength(MAX_NUMBER_LENGTH)
                    .build())
            .build();

    private StrictJson() {}

    /** @throws CharacterCodingException if the bytes are not UTF-8 */
    public static JsonParser parser(byte[] json) throws IOException {
        return FACTORY.createParser(text(json));
    }

    public static String text(byte[] utf8) throws CharacterCodingException {
        return StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT)
                .decode(ByteBuffer.wrap(utf8))
                .toString();
    }
}
