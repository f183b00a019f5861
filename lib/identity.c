/* SPDX-License-Identifier: MIT */
#include "identity.h"

#include "clock.h"
#include "identity_key.h"
#include "random.h"
#include "utf8.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MAC_SIZE = 24, NONCE_SIZE = 12, FORM_MAC_SIZE = 18, MOST_VALUE = 1000 };

struct identity {
    struct identity_keys keys;
};

struct identity *identity_open(const char *key_file, bool make, struct error *err)
{
    struct identity *identity;

    if (sodium_init() < 0) {
        fail(err, ERROR_INTERNAL, "libsodium cannot start");
        return NULL;
    }
    identity = calloc(1, sizeof(*identity));
    if (!identity)
        abort();
    if (!identity_keys_read(key_file, make, &identity->keys, err)) {
        identity_close(identity);
        return NULL;
    }
    return identity;
}

void identity_close(struct identity *identity)
{
    if (!identity)
        return;
    sodium_memzero(identity, sizeof(*identity));
    free(identity);
}

/* A MAC of text under purpose; the zero byte keeps ("a", "bc") and ("ab", "c") apart. */
static void make_mac(const unsigned char *key, const char *purpose, const char *text,
                     unsigned char mac[MAC_SIZE])
{
    crypto_generichash_state state;

    crypto_generichash_init(&state, key, IDENTITY_KEY_SIZE, MAC_SIZE);
    crypto_generichash_update(&state, (const unsigned char *)purpose, strlen(purpose) + 1);
    crypto_generichash_update(&state, (const unsigned char *)text, strlen(text));
    crypto_generichash_final(&state, mac, MAC_SIZE);
}

static char *encode(struct arena *arena, const void *bytes, size_t len)
{
    size_t size = sodium_base64_encoded_len(len, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    char *text = arena_alloc(arena, size);

    sodium_bin2base64(text, size, bytes, len, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    return text;
}

static int digit_of(char letter)
{
    if (letter >= 'A' && letter <= 'Z')
        return letter - 'A';
    if (letter >= 'a' && letter <= 'z')
        return letter - 'a' + 26;
    if (letter >= '0' && letter <= '9')
        return letter - '0' + 52;
    return letter == '-' ? 62 : letter == '_' ? 63 : -1;
}

/* False unless text is the one encoding of at most size bytes (RFC 4648 section 5, no padding,
 * unused bits zero). What is decoded is no secret, so this need not take constant time as
 * libsodium's does, which is four times as slow. */
static bool decode(const char *text, void *out, size_t size, size_t *len)
{
    unsigned char *bytes = out;
    unsigned bits = 0, held = 0;
    size_t count = 0;

    for (; *text; text++) {
        int digit = digit_of(*text);

        if (digit < 0)
            return false;
        held = (held << 6 | (unsigned)digit) & 0xFFFF;
        bits += 6;
        if (bits < 8)
            continue;
        if (count == size)
            return false;
        bits -= 8;
        bytes[count++] = (unsigned char)(held >> bits);
    }
    *len = count;
    return bits < 6 && !(held & ((1U << bits) - 1));
}

/* head is `something.expiry`; the result has its MAC added. */
static char *sign(const struct identity *identity, struct arena *arena, const char *purpose,
                  const char *head)
{
    unsigned char mac[MAC_SIZE];

    make_mac(identity->keys.keys[0], purpose, head, mac);
    return arena_printf(arena, "%s.%s", head, encode(arena, mac, sizeof(mac)));
}

static bool mac_holds(const struct identity *identity, const char *purpose, const char *head,
                      const char *encoded)
{
    unsigned char sent[MAC_SIZE];
    unsigned char mac[MAC_SIZE];
    size_t len;

    if (!decode(encoded, sent, sizeof(sent), &len) || len != MAC_SIZE)
        return false;
    for (size_t i = 0; i < identity->keys.count; i++) {
        make_mac(identity->keys.keys[i], purpose, head, mac);
        if (sodium_memcmp(mac, sent, MAC_SIZE) == 0)
            return true;
    }
    return false;
}

/* Check `something.expiry.mac` and return a copy of something, or NULL. */
static char *check(const struct identity *identity, struct arena *arena, const char *purpose,
                   const char *sealed)
{
    char *copy = arena_text(arena, sealed);
    char *mac = strrchr(copy, '.');
    char *expiry;
    char *end;
    long long expires_ms;

    if (!mac)
        return NULL;
    *mac++ = '\0';
    if (!mac_holds(identity, purpose, copy, mac))
        return NULL;
    expiry = strrchr(copy, '.');
    if (!expiry)
        return NULL;
    *expiry++ = '\0';
    errno = 0;
    expires_ms = strtoll(expiry, &end, 10);
    if (errno || *end || end == expiry || expires_ms <= clock_now_ms())
        return NULL;
    return copy;
}

char *identity_seal(const struct identity *identity, struct arena *arena, const char *purpose,
                    const char *value, int64_t expires_ms)
{
    size_t len = strlen(value);
    char *head;

    if (len > MOST_VALUE)
        return NULL;
    head = arena_printf(arena, "%s.%lld", encode(arena, value, len), (long long)expires_ms);

    return sign(identity, arena, purpose, head);
}

char *identity_unseal(const struct identity *identity, struct arena *arena, const char *purpose,
                      const char *sealed)
{
    char *encoded = check(identity, arena, purpose, sealed);
    char *value;
    size_t len;

    if (!encoded)
        return NULL;
    value = arena_alloc(arena, MOST_VALUE + 1);
    if (!decode(encoded, value, MOST_VALUE, &len))
        return NULL;
    value[len] = '\0';
    return value;
}

static char *token_purpose(struct arena *arena, const char *audience)
{
    return arena_printf(arena, "token/%s", audience);
}

char *identity_token(const struct identity *identity, struct arena *arena, const char *user,
                     const char *audience, int64_t expires_ms)
{
    char *head;

    if (!*user || strchr(user, '.'))
        return NULL;
    head = arena_printf(arena, "%s.%lld", user, (long long)expires_ms);
    return sign(identity, arena, token_purpose(arena, audience), head);
}

char *identity_token_user(const struct identity *identity, struct arena *arena, const char *token,
                          const char *audience)
{
    char *user = check(identity, arena, token_purpose(arena, audience), token);

    return user ? user : check(identity, arena, token_purpose(arena, "*"), token);
}

/* nonce and MAC of (session, nonce), as bytes. */
struct form_token {
    unsigned char nonce[NONCE_SIZE];
    unsigned char mac[FORM_MAC_SIZE];
};

static void form_mac(const unsigned char *key, const char *session, struct form_token *token)
{
    crypto_generichash_state state;

    crypto_generichash_init(&state, key, IDENTITY_KEY_SIZE, FORM_MAC_SIZE);
    crypto_generichash_update(&state, (const unsigned char *)"form", 5);
    crypto_generichash_update(&state, token->nonce, NONCE_SIZE);
    crypto_generichash_update(&state, (const unsigned char *)session, strlen(session));
    crypto_generichash_final(&state, token->mac, FORM_MAC_SIZE);
}

char *identity_form_token(const struct identity *identity, struct arena *arena, const char *session)
{
    struct form_token token;

    random_bytes(token.nonce, sizeof(token.nonce));
    form_mac(identity->keys.keys[0], session, &token);
    return encode(arena, &token, sizeof(token));
}

bool identity_form_token_ok(const struct identity *identity, const char *session, const char *token)
{
    struct form_token sent;
    struct form_token made;
    size_t len;

    if (!decode(token, &sent, sizeof(sent), &len) || len != sizeof(sent))
        return false;
    made = sent;
    for (size_t i = 0; i < identity->keys.count; i++) {
        form_mac(identity->keys.keys[i], session, &made);
        if (sodium_memcmp(made.mac, sent.mac, FORM_MAC_SIZE) == 0)
            return true;
    }
    return false;
}

void identity_digest(const char *text, char hex[65])
{
    unsigned char digest[crypto_hash_sha256_BYTES];

    crypto_hash_sha256(digest, (const unsigned char *)text, strlen(text));
    sodium_bin2hex(hex, 65, digest, sizeof(digest));
}

bool identity_basic(struct arena *arena, const char *authorization, const char **user,
                    const char **password)
{
    static const char scheme[] = "basic ";
    const char *coded = authorization + sizeof(scheme) - 1, *end;
    size_t len;
    char *text, *colon;

    if (strncasecmp(authorization, scheme, sizeof(scheme) - 1) != 0)
        return false;
    coded += strspn(coded, " ");
    len = strlen(coded);
    text = arena_alloc(arena, len + 1);
    if (sodium_base642bin((unsigned char *)text, len, coded, len, NULL, &len, &end,
                          sodium_base64_VARIANT_ORIGINAL) != 0 ||
        *end || memchr(text, '\0', len) || !utf8_valid(text, len))
        return false;
    text[len] = '\0';
    colon = strchr(text, ':');
    if (!colon)
        return false;
    *colon = '\0';
    *user = text;
    *password = colon + 1;
    return true;
}

bool identity_equal(const char *a, const char *b)
{
    size_t len = strlen(a);

    return len == strlen(b) && sodium_memcmp(a, b, len) == 0;
}
