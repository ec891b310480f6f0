namespace McpOperator.Cli;

/// <summary>Columns of text, as kubectl prints them.</summary>
internal static class TextTable
{
    public static void Write(TextWriter to, IReadOnlyList<string> heads, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        var widths = heads.Select((head, i) => rows.Select(row => row[i].Length).Append(head.Length).Max()).ToList();
        foreach (var row in rows.Prepend(heads))
        {
            to.WriteLine(string.Join("   ", row.Select((cell, i) => cell.PadRight(widths[i]))).TrimEnd());
        }
    }
}
