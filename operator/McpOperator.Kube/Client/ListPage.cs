namespace McpOperator.Kube;

/// <summary>Takes one item of a list. The span is only valid during the call.</summary>
/// <param name="utf8">The item as UTF-8 JSON.</param>
public delegate void ListItemHandler(ReadOnlySpan<byte> utf8);

/// <summary>What stands beside a page's items.</summary>
/// <param name="ResourceVersion">The version of the whole list, from which a watch goes on.</param>
/// <param name="Continue">Where the next page begins; empty after the last.</param>
public readonly record struct ListPage(string ResourceVersion, string Continue);
