package com.busdk.broker.backend.nats;

import com.busdk.broker.backend.Backend.EndReason;
import com.busdk.client.http.ApiException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Messages as bytes: one for the kind, eight for the stream, then what the kind has, big endian. A reader passes over
 * what comes behind that, so that a later version may say more.
 *
 * <p>Any thread; no state.
 */
final class MessageCodec {
    /** What a chunk has before its bytes. */
    static final int CHUNK_HEAD_BYTES = 22;

    /** What a join has before its request. */
    static final int JOIN_HEAD_BYTES = 9;

    /** A refusal's message; as long as one may be in an answer. */
    private static final int MOST_TEXT_CHARS = ApiException.MAX_MESSAGE_CHARS;

    /** Words of the catalogue and kinds of notices: far shorter. */
    private static final int MOST_WORD_CHARS = 100;

    /** Three bytes for each char of the texts, of which a refusal has one long and two short ones, and the rest. */
    private static final int MOST_REFUSAL_BYTES = 3 * (MOST_TEXT_CHARS + 2 * MOST_WORD_CHARS) + 32;

    private static final byte JOIN = 1;
    private static final byte EDGE_STATE = 2;
    private static final byte CLOSE = 3;
    private static final byte JOINED = 4;
    private static final byte REFUSED = 5;
    private static final byte CHUNK = 6;
    private static final byte NOTICE = 7;
    private static final byte FINISH = 8;
    private static final byte HOST_STATE = 9;
    private static final byte HOST_GONE = 10;

    private static final byte COMPLETE = 0;
    private static final byte CLOSING = 1;
    private static final byte FAILED = 2;

    private MessageCodec() {}

    static byte[] encode(Message message) {
        return switch (message) {
            case Message.Join join -> {
                ByteBuffer to = begin(JOIN, join, join.request().remaining());
                yield done(to.put(join.request().duplicate()));
            }
            case Message.EdgeState state ->
                done(begin(EDGE_STATE, state, 11)
                        .put(flag(state.asks()))
                        .putLong(state.taken())
                        .put(flag(state.begun()))
                        .put(flag(state.ended())));
            case Message.Close close -> done(begin(CLOSE, close, 8).putLong(close.taken()));
            case Message.Joined joined -> done(begin(JOINED, joined, 1).put(flag(joined.truncated())));
            case Message.Refused refused -> {
                ByteBuffer to = begin(REFUSED, refused, MOST_REFUSAL_BYTES);
                putRefusal(to, refused.why());
                yield done(to);
            }
            case Message.Chunk chunk -> {
                ByteBuffer to = begin(CHUNK, chunk, 13 + chunk.bytes().remaining());
                to.putLong(chunk.number()).putInt(chunk.events()).put(flag(chunk.whole()));
                yield done(to.put(chunk.bytes().duplicate()));
            }
            case Message.Notice notice -> {
                ByteBuffer to = begin(NOTICE, notice, 10 + 3 * MOST_WORD_CHARS).putLong(notice.number());
                putText(to, notice.kind(), MOST_WORD_CHARS);
                yield done(to);
            }
            case Message.Finish finish ->
                done(begin(FINISH, finish, 9).putLong(finish.number()).put(code(finish.reason())));
            case Message.HostState state ->
                done(begin(HOST_STATE, state, 11)
                        .put(flag(state.asks()))
                        .putLong(state.last())
                        .put(flag(state.begun()))
                        .put(flag(state.ended())));
            case Message.HostGone gone -> done(begin(HOST_GONE, gone, 0));
        };
    }

    /** The message, or null where it is none that is known here, or not all of it. */
    static @Nullable Message decode(byte[] message) {
        ByteBuffer from = ByteBuffer.wrap(message);
        try {
            byte kind = from.get();
            return decode(kind, from.getLong(), from);
        } catch (BufferUnderflowException e) {
            return null;
        }
    }

    private static @Nullable Message decode(byte kind, long stream, ByteBuffer from) {
        return switch (kind) {
            case JOIN -> new Message.Join(stream, from.slice());
            case EDGE_STATE -> new Message.EdgeState(stream, flag(from), from.getLong(), flag(from), flag(from));
            case CLOSE -> new Message.Close(stream, from.getLong());
            case JOINED -> new Message.Joined(stream, flag(from));
            case REFUSED -> new Message.Refused(stream, refusal(from));
            case CHUNK -> new Message.Chunk(stream, from.getLong(), from.getInt(), flag(from), from.slice());
            case NOTICE -> new Message.Notice(stream, from.getLong(), text(from));
            case FINISH -> new Message.Finish(stream, from.getLong(), reason(from.get()));
            case HOST_STATE -> new Message.HostState(stream, flag(from), from.getLong(), flag(from), flag(from));
            case HOST_GONE -> new Message.HostGone(stream);
            default -> null;
        };
    }

    private static ByteBuffer begin(byte kind, Message message, int more) {
        return ByteBuffer.allocate(1 + Long.BYTES + more).put(kind).putLong(message.stream());
    }

    private static byte[] done(ByteBuffer message) {
        byte[] bytes = new byte[message.flip().remaining()];
        message.get(bytes);
        return bytes;
    }

    private static byte flag(boolean yes) {
        return (byte) (yes ? 1 : 0);
    }

    private static boolean flag(ByteBuffer from) {
        return from.get() != 0;
    }

    private static byte code(EndReason reason) {
        return switch (reason) {
            case COMPLETE -> COMPLETE;
            case CLOSING -> CLOSING;
            case FAILED -> FAILED;
        };
    }

    /** A reason that is not known here is taken for a failure: that one claims nothing about what was sent before. */
    private static EndReason reason(byte code) {
        return switch (code) {
            case COMPLETE -> EndReason.COMPLETE;
            case CLOSING -> EndReason.CLOSING;
            default -> EndReason.FAILED;
        };
    }

    private static void putRefusal(ByteBuffer to, ApiException why) {
        to.putInt(why.status()).putInt(why.retryAfter().orElse(-1));
        putText(to, why.type(), MOST_WORD_CHARS);
        putText(to, why.code().orElse(""), MOST_WORD_CHARS);
        putText(to, why.message(), MOST_TEXT_CHARS);
    }

    private static ApiException refusal(ByteBuffer from) {
        int status = from.getInt();
        int retryAfter = from.getInt();
        String type = text(from);
        String code = text(from);
        ApiException why = ApiException.of(status, type, text(from));
        if (!code.isEmpty()) {
            why = why.withCode(code);
        }
        return retryAfter < 0 ? why : why.withRetryAfter(retryAfter);
    }

    private static void putText(ByteBuffer to, String text, int mostChars) {
        String cut = text.length() <= mostChars ? text : text.substring(0, mostChars);
        byte[] bytes = cut.getBytes(StandardCharsets.UTF_8);
        to.putShort((short) bytes.length).put(bytes);
    }

    private static String text(ByteBuffer from) {
        byte[] bytes = new byte[Short.toUnsignedInt(from.getShort())];
        from.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
