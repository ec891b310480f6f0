using System.Globalization;
using System.Text;

namespace McpOperator.Policy;

/// <summary>
/// Makes visible what hides in a text: invisible characters, direction controls (Unicode TR 36), uncommon spaces, and letters that look
/// like those of another script (Unicode TR 39: a word of mixed scripts).
/// </summary>
public static class VisibleText
{
    /// <summary>Letters that render as nothing, though their category says otherwise: Hangul fillers and the blank of Braille.</summary>
    private static readonly int[] Blank = [0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0];

    /// <summary>Letters of Cyrillic and Greek that look like Latin ones: a word of nothing else, among Latin words, is a disguise too.</summary>
    private const string LookAlikes = "аАВеЕіІјЈкКмМНоОрРсСТтуУхХѕЅԁһԛԝαΑΒΕΖΗΙιΚκΜΝνΟοΡρΤτΥυΧχ";

    /// <summary>The text with a mark such as <c>⟨U+200B⟩</c> in place of what is not seen, and after what looks like something else.</summary>
    public static string Of(string text)
    {
        var visible = new StringBuilder(text.Length);
        foreach (var (rune, mark) in Runes(text))
        {
            if (!mark || Rune.IsLetter(rune))
            {
                visible.Append(rune.ToString());
            }

            if (mark)
            {
                visible.Append(CultureInfo.InvariantCulture, $"⟨U+{rune.Value:X4}⟩");
            }
        }

        return visible.ToString();
    }

    /// <summary>Every character of a text, and whether it deserves a mark.</summary>
    internal static IEnumerable<(Rune Rune, bool Mark)> Runes(string text)
    {
        var runes = text.EnumerateRunes().ToList();
        var isLatin = runes.Any(r => Rune.IsLetter(r) && ScriptOf(r) == Script.Latin);
        for (var i = 0; i < runes.Count;)
        {
            var end = i;
            while (end < runes.Count && (Rune.IsLetter(runes[end]) || IsInvisible(runes[end])))
            {
                end++;
            }

            // One script is a language; two in one word are a disguise.
            var word = runes[i..end];
            var letters = word.Where(Rune.IsLetter).ToList();
            var isDisguise = letters.Select(ScriptOf).Distinct().Count() > 1 || (isLatin && letters.All(IsLookAlike));
            foreach (var rune in word)
            {
                yield return (rune, IsInvisible(rune) || (Rune.IsLetter(rune) && ((isDisguise && ScriptOf(rune) != Script.Latin) || IsStyled(rune))));
            }

            if (end < runes.Count)
            {
                yield return (runes[end], IsInvisible(runes[end]) || IsUncommonSpace(runes[end]));
                end++;
            }

            i = end;
        }
    }

    /// <summary>Whether nothing is seen where the character stands.</summary>
    internal static bool IsInvisible(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.Format or UnicodeCategory.PrivateUse or UnicodeCategory.Surrogate or UnicodeCategory.OtherNotAssigned => true,
        UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => true,
        UnicodeCategory.Control => rune.Value is not ('\n' or '\t'),
        _ => Blank.Contains(rune.Value) || rune.Value is (>= 0xFE00 and <= 0xFE0F) or (>= 0xE0100 and <= 0xE01EF),
    };

    private static bool IsUncommonSpace(Rune rune) => Rune.GetUnicodeCategory(rune) == UnicodeCategory.SpaceSeparator && rune.Value != ' ';

    /// <summary>Full-width and mathematical letters look like plain ones; this is the plain one. Unicode's NFKC, which needs tables that a program without ICU has not.</summary>
    internal static Rune Unstyled(Rune rune) => rune.Value switch
    {
        >= 0xFF01 and <= 0xFF5E => new(rune.Value - 0xFF01 + '!'),
        >= 0x1D400 and <= 0x1D6A3 => new(((rune.Value - 0x1D400) % 52) is var i && i < 26 ? 'A' + i : 'a' + i - 26),
        _ => rune,
    };

    private static bool IsStyled(Rune rune) => Unstyled(rune) != rune;

    private static bool IsLookAlike(Rune rune) => LookAlikes.Contains(rune.ToString(), StringComparison.Ordinal);

    private static Script ScriptOf(Rune rune) => rune.Value switch
    {
        < 0x0250 or (>= 0x1E00 and <= 0x1EFF) => Script.Latin,
        (>= 0x0370 and <= 0x03FF) or (>= 0x1F00 and <= 0x1FFF) => Script.Greek,
        >= 0x0400 and <= 0x052F => Script.Cyrillic,
        >= 0x0530 and <= 0x058F => Script.Armenian,
        >= 0x13A0 and <= 0x13FF => Script.Cherokee,
        _ => Script.Other,
    };

    private enum Script
    {
        Latin,
        Greek,
        Cyrillic,
        Armenian,
        Cherokee,
        Other,
    }
}
