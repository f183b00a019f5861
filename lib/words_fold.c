/* SPDX-License-Identifier: MIT */
#include "words_fold.h"

#include <stdbool.h>
#include <stddef.h>
#include <uchar.h>

/* Characters decomposed, without their marks, in lower case. A blank is no letter, a bar is a mark.
 */
/* clang-format off */
static const char16_t latin[] = /* from U+00C0 */
    u"aaaaaaæceeeeiiiidnooooo ouuuuyþßaaaaaaæceeeeiiiidnooooo ouuuuyþy"
    u"aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiĳĳjjkkklllllll"
    u"lllnnnnnnnnnooooooœœrrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs"
    u"bbbbƅƅoccddddƍeəeffgɣƕɩikklƛmnnoooƣƣppʀƨƨʃƪttttuuʊvyyzzʒƹƹƺƻƽƽƾƿ"
    u"ǀǁǂǃǆǆǆǉǉǉǌǌǌaaiioouuuuuuuuuueaaaaææggggkkooooʒʒjǆǆǆggƕƿnnaaææoo"
    u"aaaaeeeeiiiioooorrrruuuussttȝȝhhndȣȣzzaaeeooooooooyylntjȸȹacclts"
    u"zɂɂbʉveejjɋqrryy";
static const char16_t latin_additional[] = /* from U+1E00 */
    u"aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmm"
    u"mmmmnnnnnnnnoooooooopppprrrrrrrrssssssssssttttttttuuuuuuuuuuvvvv"
    u"wwwwwwwwwwxxxxyyzzzzzzhtwyasssßẟaaaaaaaaaaaaaaaaaaaaaaaaeeeeeeee"
    u"eeeeeeeeiiiioooooooooooooooooooooooouuuuuuuuuuuuuuyyyyyyyyỻỻvvyy";
static const char16_t greek[] = /* from U+0370 */
    u"ͱͱͳͳ  ͷͷ   ͻͼͽ ϳ      α εηι ο υωιαβγδεζηθικλμνξοπρ στυφχψωιυαεηι"
    u"υαβγδεζηθικλμνξοπρσστυφχψωιυουωϗβθυυυφπϗϙϙϛϛϝϝϟϟϡϡϣϣϥϥϧϧϩϩϫϫϭϭϯϯ"
    u"κρσϳθε ϸϸσϻϻϼͻͼͽ";
static const char16_t greek_extended[] = /* from U+1F00 */
    u"ααααααααααααααααεεεεεε  εεεεεε  ηηηηηηηηηηηηηηηηιιιιιιιιιιιιιιιι"
    u"οοοοοο  οοοοοο  υυυυυυυυ υ υ υ υωωωωωωωωωωωωωωωωααεεηηιιοουυωω  "
    u"ααααααααααααααααηηηηηηηηηηηηηηηηωωωωωωωωωωωωωωωωααααα ααααααα ι "
    u"  ηηη ηηεεηηη   ιιιι  ιιιιιι    υυυυρρυυυυυυρ     ωωω ωωοοωωω   ";
static const char16_t cyrillic[] = /* from U+0400 */
    u"ееђгєѕііјљњћкиуџабвгдежзииклмнопрстуфхцчшщъыьэюяабвгдежзииклмноп"
    u"рстуфхцчшщъыьэюяееђгєѕііјљњћкиуџѡѡѣѣѥѥѧѧѩѩѫѫѭѭѯѯѱѱѳѳѵѵѵѵѹѹѻѻѽѽѿѿ"
    u"ҁҁ |||||||ҋҋҍҍҏҏґґғғҕҕҗҗҙҙққҝҝҟҟҡҡңңҥҥҧҧҩҩҫҫҭҭүүұұҳҳҵҵҷҷҹҹһһҽҽҿҿ"
    u"ӏжжӄӄӆӆӈӈӊӊӌӌӎӎӏааааӕӕееәәәәжжззӡӡииииооөөөөээууууууччӷӷыыӻӻӽӽӿӿ"
    u"ԁԁԃԃԅԅԇԇԉԉԋԋԍԍԏԏԑԑԓԓԕԕԗԗԙԙԛԛԝԝԟԟԡԡԣԣԥԥԧԧԩԩԫԫԭԭԯԯ";
/* clang-format on */

#define LAST(table) (sizeof(table) / sizeof((table)[0]) - 2) /* the NUL does not count */

static const struct {
    uint32_t first;
    uint32_t last;
    const char16_t *letters;
} folds[] = {
    {0x00C0, 0x00C0 + LAST(latin), latin},
    {0x0370, 0x0370 + LAST(greek), greek},
    {0x0400, 0x0400 + LAST(cyrillic), cyrillic},
    {0x1E00, 0x1E00 + LAST(latin_additional), latin_additional},
    {0x1F00, 0x1F00 + LAST(greek_extended), greek_extended},
};

/* Ascending. What is in none of them is a letter. */
static const struct {
    uint32_t first;
    uint32_t last;
    enum letter letter;
} ranges[] = {
    {0x0080, 0x00AC, LETTER_NONE},   {0x00AD, 0x00AD, LETTER_MARK}, /* soft hyphen */
    {0x00AE, 0x00BF, LETTER_NONE},   {0x02B9, 0x02DF, LETTER_NONE},
    {0x0300, 0x036F, LETTER_MARK},   {0x055A, 0x055F, LETTER_NONE}, /* Armenian */
    {0x0589, 0x058F, LETTER_NONE},   {0x0591, 0x05BD, LETTER_MARK}, /* Hebrew */
    {0x05BE, 0x05BE, LETTER_NONE},   {0x05BF, 0x05BF, LETTER_MARK},
    {0x05C0, 0x05C0, LETTER_NONE},   {0x05C1, 0x05C2, LETTER_MARK},
    {0x05C3, 0x05C3, LETTER_NONE},   {0x05C4, 0x05C5, LETTER_MARK},
    {0x05C6, 0x05C6, LETTER_NONE},   {0x05C7, 0x05C7, LETTER_MARK},
    {0x05F3, 0x060F, LETTER_NONE}, /* Arabic from here */
    {0x0610, 0x061A, LETTER_MARK},   {0x061B, 0x061F, LETTER_NONE},
    {0x0640, 0x0640, LETTER_MARK},   {0x064B, 0x065F, LETTER_MARK},
    {0x066A, 0x066D, LETTER_NONE},   {0x0670, 0x0670, LETTER_MARK},
    {0x06D4, 0x06D4, LETTER_NONE},   {0x06D6, 0x06DC, LETTER_MARK},
    {0x0700, 0x070F, LETTER_NONE},   {0x0964, 0x0965, LETTER_NONE},
    {0x0970, 0x0970, LETTER_NONE},   {0x0E01, 0x0E2E, LETTER_PAIR}, /* Thai and Lao */
    {0x0E2F, 0x0E2F, LETTER_NONE},   {0x0E30, 0x0E3E, LETTER_PAIR},
    {0x0E3F, 0x0E3F, LETTER_NONE},   {0x0E40, 0x0E4E, LETTER_PAIR},
    {0x0E4F, 0x0E4F, LETTER_NONE},   {0x0E50, 0x0E59, LETTER_PAIR},
    {0x0E5A, 0x0E80, LETTER_NONE},   {0x0E81, 0x0EFF, LETTER_PAIR},
    {0x1000, 0x1049, LETTER_PAIR}, /* Burmese */
    {0x104A, 0x104F, LETTER_NONE},   {0x1050, 0x109F, LETTER_PAIR},
    {0x1780, 0x17D3, LETTER_PAIR}, /* Khmer */
    {0x17D4, 0x17DB, LETTER_NONE},   {0x17DC, 0x17FF, LETTER_PAIR},
    {0x1AB0, 0x1AFF, LETTER_MARK},   {0x1DC0, 0x1DFF, LETTER_MARK},
    {0x2000, 0x200B, LETTER_NONE},   {0x200C, 0x200D, LETTER_MARK}, /* joiners */
    {0x200E, 0x20CF, LETTER_NONE},   {0x20D0, 0x20FF, LETTER_MARK},
    {0x2100, 0x2BFF, LETTER_NONE}, /* signs, arrows, mathematics, boxes */
    {0x2E00, 0x2E7F, LETTER_NONE},   {0x2E80, 0x2FDF, LETTER_PAIR}, /* Chinese, Japanese, Korean */
    {0x2FE0, 0x3004, LETTER_NONE},   {0x3005, 0x3007, LETTER_PAIR},
    {0x3008, 0x3020, LETTER_NONE},   {0x3021, 0x3029, LETTER_PAIR},
    {0x302A, 0x302F, LETTER_MARK},   {0x3030, 0x3030, LETTER_NONE},
    {0x3031, 0x303C, LETTER_PAIR},   {0x303D, 0x3040, LETTER_NONE},
    {0x3041, 0x3096, LETTER_PAIR},   {0x3097, 0x3098, LETTER_NONE},
    {0x3099, 0x309A, LETTER_MARK},   {0x309B, 0x309C, LETTER_NONE},
    {0x309D, 0x309F, LETTER_PAIR},   {0x30A0, 0x30A0, LETTER_NONE},
    {0x30A1, 0x30FA, LETTER_PAIR},   {0x30FB, 0x30FB, LETTER_NONE},
    {0x30FC, 0x31FF, LETTER_PAIR},   {0x3200, 0x33FF, LETTER_NONE},
    {0x3400, 0x4DBF, LETTER_PAIR},   {0x4DC0, 0x4DFF, LETTER_NONE},
    {0x4E00, 0x9FFF, LETTER_PAIR},   {0xAC00, 0xD7FF, LETTER_PAIR},
    {0xE000, 0xF8FF, LETTER_NONE},   {0xF900, 0xFAFF, LETTER_PAIR},
    {0xFD3E, 0xFD4F, LETTER_NONE},   {0xFE00, 0xFE0F, LETTER_MARK}, /* variation selectors */
    {0xFE10, 0xFE1F, LETTER_NONE},   {0xFE20, 0xFE2F, LETTER_MARK},
    {0xFE30, 0xFE6F, LETTER_NONE},   {0xFEFF, 0xFF65, LETTER_NONE},
    {0xFF66, 0xFFDC, LETTER_PAIR},   {0xFFDD, 0xFFFF, LETTER_NONE},
    {0x1D000, 0x1D3FF, LETTER_NONE}, {0x1F000, 0x1FAFF, LETTER_NONE}, /* pictures */
    {0x20000, 0x3FFFF, LETTER_PAIR}, {0xE0000, 0x10FFFF, LETTER_NONE},
};

/* Characters that are others in disguise: digits, full-width forms, signs made of letters. */
static uint32_t unmask(uint32_t code)
{
    static const struct {
        uint32_t first;
        uint32_t last;
        uint32_t plain;
    } runs[] = {
        {0xAA, 0xAA, 'a'},       {0xB2, 0xB3, '2'},     {0xB5, 0xB5, 0x3BC},
        {0xB9, 0xB9, '1'},       {0xBA, 0xBA, 'o'},     {0x531, 0x556, 0x561},
        {0x660, 0x669, '0'},     {0x6F0, 0x6F9, '0'},   {0x966, 0x96F, '0'},
        {0x2070, 0x2070, '0'},   {0x2074, 0x2079, '4'}, {0x2080, 0x2089, '0'},
        {0x2126, 0x2126, 0x3C9}, {0x212A, 0x212A, 'k'}, {0x212B, 0x212B, 'a'},
        {0xFF10, 0xFF19, '0'},   {0xFF21, 0xFF3A, 'a'}, {0xFF41, 0xFF5A, 'a'},
    };

    for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++)
        if (code >= runs[i].first && code <= runs[i].last)
            return runs[i].plain + (code - runs[i].first);
    return code;
}

static enum letter find_range(uint32_t code)
{
    size_t low = 0;
    size_t high = sizeof(ranges) / sizeof(ranges[0]);

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (code > ranges[middle].last)
            low = middle + 1;
        else if (code < ranges[middle].first)
            high = middle;
        else
            return ranges[middle].letter;
    }
    return LETTER_WORD;
}

enum letter letter_fold(uint32_t code, uint32_t *plain)
{
    if (code < 0x80) {
        bool capital = code >= 'A' && code <= 'Z';

        *plain = capital ? code + 32 : code;
        return capital || (code >= 'a' && code <= 'z') || (code >= '0' && code <= '9')
                   ? LETTER_WORD
                   : LETTER_NONE;
    }
    *plain = unmask(code);
    if (*plain != code)
        return LETTER_WORD;
    for (size_t i = 0; i < sizeof(folds) / sizeof(folds[0]); i++) {
        if (code >= folds[i].first && code <= folds[i].last) {
            *plain = folds[i].letters[code - folds[i].first];
            return *plain == ' ' ? LETTER_NONE : *plain == '|' ? LETTER_MARK : LETTER_WORD;
        }
    }
    return find_range(code);
}
