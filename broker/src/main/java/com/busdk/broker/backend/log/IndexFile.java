package com.busdk.broker.backend.log;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.locks.ReentrantLock;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The index of a complete segment, mapped from the file beside it. Written by {@link IndexFileWriter}. Little-endian:
 *
 * <pre>
 *   0 u64 magic               8 u32 format version        12 u32 CRC32C of bytes 16 to 128
 *  16 u64 epoch              24 u64 segment number        32 u64 base sequence
 *  40 u64 sequence behind the last event                  48 u64 end of the segment
 *  56 u64 time of the last record                         64 u32 start of the records behind the snapshot
 *  68 u32 CRC32C of everything behind the header
 *  72 u32 sparse entries     76 u32 names                 80 u32 bytes of names
 *  84 u32 postings (events)  88 u32 idempotency keys      92 zeros
 * 128 sparse list: u32 each
 *     directory, by name: u32 start in the names, u32 length, u32 start in the postings, u32 count,
 *                         u64 last sequence, u64 its time
 *     idempotency keys: u64 high, u64 low, u64 sequence, u64 time
 *     postings: u32 each
 *     names, one behind the other
 * </pre>
 *
 * <p>The header is checked when the file is opened, the rest when it is used first, so that a start on many segments
 * reads little. Any thread.
 */
final class IndexFile implements SegmentIndex {
    /** {@code BusIdx\r\n}. */
    static final long MAGIC = 0x0A0D_7864_4973_7542L;

    static final int VERSION = 1;
    static final int HEADER_BYTES = 128;
    static final int AT_VERSION = 8;
    static final int AT_HEADER_CRC = 12;
    static final int AT_EPOCH = 16;
    static final int AT_NUMBER = 24;
    static final int AT_BASE = 32;
    static final int AT_END_SEQUENCE = 40;
    static final int AT_END = 48;
    static final int AT_LAST_TIME = 56;
    static final int AT_DATA_START = 64;
    static final int AT_BODY_CRC = 68;
    static final int AT_SPARSE = 72;
    static final int AT_NAMES = 76;
    static final int AT_NAME_BYTES = 80;
    static final int AT_POSTINGS = 84;
    static final int AT_KEYS = 88;
    static final int DIRECTORY_ENTRY = 32;
    static final int KEY_ENTRY = 32;

    private final FileLayer.Mapping mapping;
    private final ByteBuffer bytes;
    private final ReentrantLock checking = new ReentrantLock();
    private final int directory;
    private final int keys;
    private final int postings;
    private final int text;
    private volatile State state = State.UNCHECKED;

    private enum State {
        UNCHECKED,
        SOUND,
        DAMAGED
    }

    private IndexFile(FileLayer.Mapping mapping) {
        this.mapping = mapping;
        this.bytes = mapping.bytes();
        directory = HEADER_BYTES + 4 * bytes.getInt(AT_SPARSE);
        keys = directory + DIRECTORY_ENTRY * bytes.getInt(AT_NAMES);
        postings = keys + KEY_ENTRY * bytes.getInt(AT_KEYS);
        text = postings + 4 * bytes.getInt(AT_POSTINGS);
    }

    /**
     * The index in a mapped file, or null where it is not one of that segment.
     *
     * @param mapping of the whole file; taken over when this answers an index
     */
    static @Nullable IndexFile of(FileLayer.Mapping mapping, long epoch, SegmentName name) {
        ByteBuffer bytes = mapping.bytes();
        boolean sound = bytes.limit() >= HEADER_BYTES
                && bytes.getLong(0) == MAGIC
                && bytes.getInt(AT_VERSION) == VERSION
                && bytes.getInt(AT_HEADER_CRC) == crc(bytes, 16, HEADER_BYTES)
                && bytes.getLong(AT_EPOCH) == epoch
                && bytes.getLong(AT_NUMBER) == name.number()
                && bytes.getLong(AT_BASE) == name.base()
                && length(bytes) == bytes.limit();
        return sound ? new IndexFile(mapping) : null;
    }

    private static long length(ByteBuffer header) {
        return HEADER_BYTES
                + 4L * header.getInt(AT_SPARSE)
                + (long) DIRECTORY_ENTRY * header.getInt(AT_NAMES)
                + (long) KEY_ENTRY * header.getInt(AT_KEYS)
                + 4L * header.getInt(AT_POSTINGS)
                + header.getInt(AT_NAME_BYTES);
    }

    static int crc(ByteBuffer bytes, int from, int to) {
        CRC32C crc = new CRC32C();
        crc.update(bytes.duplicate().limit(to).position(from));
        return (int) crc.getValue();
    }

    /** Whether what is behind the header is as it was written; checked once. */
    boolean sound() {
        if (state == State.UNCHECKED) {
            checking.lock();
            try {
                if (state == State.UNCHECKED) {
                    boolean same = crc(bytes, HEADER_BYTES, bytes.limit()) == bytes.getInt(AT_BODY_CRC);
                    state = same ? State.SOUND : State.DAMAGED;
                }
            } finally {
                checking.unlock();
            }
        }
        return state == State.SOUND;
    }

    int fileBytes() {
        return bytes.limit();
    }

    long end() {
        return bytes.getLong(AT_END);
    }

    long endSequence() {
        return bytes.getLong(AT_END_SEQUENCE);
    }

    long lastTimeMicros() {
        return bytes.getLong(AT_LAST_TIME);
    }

    int dataStart() {
        return bytes.getInt(AT_DATA_START);
    }

    int keyCount() {
        return bytes.getInt(AT_KEYS);
    }

    long keyHigh(int index) {
        return bytes.getLong(keys + KEY_ENTRY * index);
    }

    long keyLow(int index) {
        return bytes.getLong(keys + KEY_ENTRY * index + 8);
    }

    long keySequence(int index) {
        return bytes.getLong(keys + KEY_ENTRY * index + 16);
    }

    long keyTimeMicros(int index) {
        return bytes.getLong(keys + KEY_ENTRY * index + 24);
    }

    @Override
    public Postings sparse() {
        return new Numbers(bytes, HEADER_BYTES, bytes.getInt(AT_SPARSE));
    }

    @Override
    public int nameCount() {
        return bytes.getInt(AT_NAMES);
    }

    @Override
    public @Nullable Postings postings(byte[] name) {
        int at = firstNotBelow(name);
        return at < nameCount() && compare(at, name) == 0 ? postingsOf(at) : null;
    }

    private int firstNotBelow(byte[] name) {
        int low = 0;
        int high = nameCount();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (compare(middle, name) < 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private int compare(int entry, byte[] name) {
        int start = text + bytes.getInt(directory + DIRECTORY_ENTRY * entry);
        int length = bytes.getInt(directory + DIRECTORY_ENTRY * entry + 4);
        for (int i = 0, end = Math.min(length, name.length); i < end; i++) {
            int difference = (bytes.get(start + i) & 0xFF) - (name[i] & 0xFF);
            if (difference != 0) {
                return difference;
            }
        }
        return length - name.length;
    }

    private Postings postingsOf(int entry) {
        int at = directory + DIRECTORY_ENTRY * entry;
        return new Numbers(bytes, postings + 4 * bytes.getInt(at + 8), bytes.getInt(at + 12));
    }

    @Override
    public NameWalk names(String after) {
        byte[] name = NameSelector.bytes(after);
        int first = firstNotBelow(name);
        boolean itself = first < nameCount() && compare(first, name) == 0;
        return new Walk(itself ? first : first - 1);
    }

    void close() {
        mapping.close();
    }

    private record Numbers(ByteBuffer bytes, int start, int size) implements Postings {
        @Override
        public int get(int index) {
            return bytes.getInt(start + 4 * index);
        }
    }

    private final class Walk implements NameWalk {
        private int at;

        Walk(int before) {
            at = before;
        }

        @Override
        public boolean next() {
            at++;
            return at < nameCount();
        }

        @Override
        public String name() {
            byte[] name = new byte[bytes.getInt(directory + DIRECTORY_ENTRY * at + 4)];
            bytes.get(text + bytes.getInt(directory + DIRECTORY_ENTRY * at), name);
            return new String(name, StandardCharsets.US_ASCII);
        }

        @Override
        public Postings postings() {
            return postingsOf(at);
        }

        @Override
        public long lastSequence() {
            return bytes.getLong(directory + DIRECTORY_ENTRY * at + 16);
        }

        @Override
        public long lastTimeMicros() {
            return bytes.getLong(directory + DIRECTORY_ENTRY * at + 24);
        }
    }
}
