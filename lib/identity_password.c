/* SPDX-License-Identifier: MIT */
#include "identity.h"

#include <ctype.h>
#include <sodium.h>
#include <string.h>

/* OWASP's first choice for Argon2id: 19 MiB, 2 passes, 1 lane. */
enum { PASSES = 2, MEMORY = 19456 * 1024, LEAST_LEN = 8, MOST_AROUND = 8 };

_Static_assert(PASSWORD_HASH_SIZE == crypto_pwhash_argon2id_STRBYTES, "libsodium's hash size");

bool password_hash(const char *password, char hash[PASSWORD_HASH_SIZE], struct error *err)
{
    if (sodium_init() < 0 ||
        crypto_pwhash_argon2id_str(hash, password, strlen(password), PASSES, MEMORY) != 0)
        return fail(err, ERROR_BUSY, "not enough memory to hash a password");
    return true;
}

bool password_matches(const char *password, const char *hash)
{
    return sodium_init() >= 0 &&
           crypto_pwhash_argon2id_str_verify(hash, password, strlen(password)) == 0;
}

bool password_hash_is_old(const char *hash)
{
    return crypto_pwhash_argon2id_str_needs_rehash(hash, PASSES, MEMORY) != 0;
}

const char *password_dummy_hash(void)
{
    /* Of 32 random bytes that were thrown away. */
    return "$argon2id$v=19$m=19456,t=2,p=1$a0gDFUzEQNb7VDqCNo4yZ"
           "g$i96YWGavr2Buh04QyvdcwNGwXhK6rKPGzNnJGc3vRYI";
}

/* The stems of the commonest passwords: what is left of "P@ssw0rd123!" when case, digits at the
 * ends and look-alikes are undone. */
static const char *const stems[] = {
    "access",     "admin",      "administrator", "alexander", "america",    "amanda",
    "andrea",     "andrew",     "angel",         "anthony",   "arsenal",    "asshole",
    "austin",     "babygirl",   "bailey",        "banana",    "barcelona",  "baseball",
    "basketball", "batman",     "beautiful",     "blink",     "buster",     "butterfly",
    "changeme",   "charlie",    "cheese",        "chelsea",   "chocolate",  "christian",
    "computer",   "cookie",     "cowboys",       "daniel",    "database",   "decant",
    "default",    "diamond",    "dolphin",       "donald",    "dragon",     "elephant",
    "elizabeth",  "facebook",   "ferrari",       "flower",    "football",   "forever",
    "freedom",    "friends",    "fuckyou",       "gandalf",   "george",     "ginger",
    "google",     "guest",      "hannah",        "hello",     "helloworld", "hockey",
    "hunter",     "iloveyou",   "internet",      "jasmine",   "jennifer",   "jessica",
    "jordan",     "joshua",     "justin",        "killer",    "letmein",    "liverpool",
    "login",      "london",     "lovely",        "loveme",    "maggie",     "manchester",
    "manager",    "marina",     "master",        "matrix",    "matthew",    "mercedes",
    "michael",    "michelle",   "mickey",        "minecraft", "monkey",     "mustang",
    "mypassword", "naruto",     "natasha",       "nicole",    "ninja",      "nothing",
    "orange",     "pass",       "passphrase",    "passw",     "password",   "passwort",
    "patrick",    "peanut",     "pepper",        "pokemon",   "princess",   "purple",
    "qazwsx",     "qwerty",     "qwertyuiop",    "rainbow",   "ranger",     "reddit",
    "robert",     "root",       "samantha",      "samsung",   "secret",     "september",
    "shadow",     "snoopy",     "soccer",        "spiderman", "starwars",   "steelers",
    "summer",     "sunshine",   "superman",      "superstar", "sweety",     "system",
    "taylor",     "temporary",  "test",          "tester",    "testing",    "thomas",
    "tigger",     "tinkerbell", "trustno",       "victoria",  "welcome",    "whatever",
    "william",    "winter",     "yankees",       "zaqxsw",
};

/* Runs along which fingers slide. */
static const char *const slides[] = {
    "01234567890123456789",
    "98765432109876543210",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertyuiop[]",
    "asdfghjkl;'",
    "zxcvbnm,./",
    "1q2w3e4r5t6y7u8i9o0p",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,",
    "qazwsxedcrfvtgbyhnujmikolp",
    "poiuytrewq",
    "mnbvcxz",
    "lkjhgfdsa",
};

static char plain(char letter)
{
    static const char from[] = "0134578@$!";
    static const char into[] = "oleastbasi";
    const char *found = letter ? strchr(from, letter) : NULL;

    return found ? into[found - from] : letter;
}

/* Whether text is a stem, when look-alikes are letters and what surrounds the word is cut off. */
static bool is_stem(const char *text, size_t len)
{
    char word[32];
    size_t start = 0;
    size_t end = len;

    while (end > start && len - end < MOST_AROUND && !isalpha((unsigned char)text[end - 1]) &&
           text[end - 1] != '@')
        end--;
    len = end;
    while (start < len && start < MOST_AROUND && !isalpha((unsigned char)text[start]))
        start++;
    if (len - start == 0 || len - start >= sizeof(word))
        return false;
    for (size_t i = start; i < len; i++)
        word[i - start] = plain(text[i]);
    word[len - start] = '\0';
    for (size_t i = 0; i < sizeof(stems) / sizeof(stems[0]); i++)
        if (strcmp(word, stems[i]) == 0)
            return true;
    return false;
}

/* Whether text is one to four characters over and over. */
static bool repeats(const char *text, size_t len)
{
    for (size_t period = 1; period <= 4; period++) {
        size_t same = period;

        while (same < len && text[same] == text[same - period])
            same++;
        if (same == len && len > period)
            return true;
    }
    return false;
}

bool password_is_common(const char *password)
{
    char text[64];
    size_t len = strlen(password);

    if (len >= sizeof(text))
        return repeats(password, len);
    for (size_t i = 0; i <= len; i++)
        text[i] = (char)tolower((unsigned char)password[i]);
    if (repeats(text, len) || is_stem(text, len))
        return true;
    for (size_t i = 0; i < sizeof(slides) / sizeof(slides[0]); i++)
        if (len >= LEAST_LEN / 2 && strstr(slides[i], text))
            return true;
    return len == 0;
}
