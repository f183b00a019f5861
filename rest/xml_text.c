/* SPDX-License-Identifier: MIT */
/* Texts and names that come from anywhere, as XML 1.0 (fifth edition) takes them. */
#include "xml_private.h"

#include "../lib/utf8.h"

/* Section 2.2. */
static bool is_char(uint32_t code)
{
    return code == '\t' || code == '\n' || code == '\r' || (code >= 0x20 && code <= 0xD7FF) ||
           (code >= 0xE000 && code <= 0xFFFD) || code >= 0x10000;
}

static const char *entity(char byte)
{
    switch (byte) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&#34;";
    case '\'':
        return "&#39;";
    case '\r':
        return "&#13;";
    default:
        return NULL;
    }
}

void xml_escape(const char *text, size_t len, struct buf *out)
{
    while (len) {
        const char *escape = entity(*text);
        uint32_t code;
        size_t step = utf8_decode(text, len, &code);

        if (escape)
            buf_puts(out, escape);
        else if (is_char(code) && (code != 0xFFFD || step == 3))
            buf_add(out, text, step);
        else
            buf_puts(out, "\xEF\xBF\xBD");
        text += step;
        len -= step;
    }
}

/* Section 2.3, without the colon, which stands for namespaces. */
static bool begins_name(uint32_t code)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {
        {'A', 'Z'},       {'_', '_'},       {'a', 'z'},       {0xC0, 0xD6},     {0xD8, 0xF6},
        {0xF8, 0x2FF},    {0x370, 0x37D},   {0x37F, 0x1FFF},  {0x200C, 0x200D}, {0x2070, 0x218F},
        {0x2C00, 0x2FEF}, {0x3001, 0xD7FF}, {0xF900, 0xFDCF}, {0xFDF0, 0xFFFC}, {0x10000, 0xEFFFF},
    };

    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
        if (code >= ranges[i].first && code <= ranges[i].last)
            return true;
    return false;
}

static bool continues_name(uint32_t code)
{
    return begins_name(code) || code == '-' || code == '.' || (code >= '0' && code <= '9') ||
           code == 0xB7 || (code >= 0x300 && code <= 0x36F) || code == 0x203F || code == 0x2040;
}

void xml_name(const char *key, size_t len, struct buf *out)
{
    uint32_t code = 0;

    if (len)
        utf8_decode(key, len, &code);
    if (!begins_name(code) && (!len || continues_name(code)))
        buf_byte(out, '_');
    while (len) {
        size_t step = utf8_decode(key, len, &code);

        if (continues_name(code))
            buf_add(out, key, step);
        else
            buf_byte(out, '_');
        key += step;
        len -= step;
    }
}

void xml_attribute(const char *name, const char *text, size_t len, struct buf *out)
{
    buf_byte(out, ' ');
    buf_puts(out, name);
    buf_puts(out, "=\"");
    xml_escape(text, len, out);
    buf_byte(out, '"');
}
