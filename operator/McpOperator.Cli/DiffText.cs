using McpOperator.Admission.Decisions;
using McpOperator.Api.V1Alpha1;
using McpOperator.Policy;

namespace McpOperator.Cli;

/// <summary>
/// Writes differences for people. All of it is somebody else's text: what does not show is made visible, and what a terminal would obey is
/// defused.
/// </summary>
/// <param name="to">Where to.</param>
/// <param name="color">Whether to mark what differs with colours.</param>
internal sealed class DiffText(TextWriter to, bool color)
{
    private const string Red = "\u001b[31m";
    private const string Green = "\u001b[32m";
    private const string Bold = "\u001b[1m";
    private const string Reverse = "\u001b[7m";
    private const string Upright = "\u001b[27m";
    private const string Plain = "\u001b[0m";

    public void Write(MCPServer server, PendingDiff diff)
    {
        var (ns, name) = (server.Metadata.NamespaceProperty, server.Metadata.Name);
        if (server.Status.Pending is not { } pending)
        {
            to.WriteLine($"{ns}/{name}: nothing waits for review.");
            return;
        }

        var target = ReviewDecision.Target(server.Status);
        to.WriteLine($"{In(Bold)}{ns}/{name}{In(Plain)}: version {pending.Version} {(pending.Rejected ? "was rejected" : "waits for review")} since {pending.Since:yyyy-MM-dd HH:mm:ss} UTC");
        to.WriteLine($"  changed by  {VisibleText.Of(string.Join(", ", pending.ChangedBy ?? ["nobody knows"]))}");
        to.WriteLine($"  image       {VisibleText.Of(pending.Image)}{(target is null || target.Image == pending.Image ? "" : $" (version {target.Version} has {VisibleText.Of(target.Image)})")}");
        to.WriteLine($"  surface     {pending.SurfaceHash ?? "not known yet"}");
        if (pending.CandidateUrl is { } url)
        {
            to.WriteLine($"  try it at   {VisibleText.Of(url)}");
        }

        foreach (var change in diff.Changes)
        {
            to.WriteLine();
            to.WriteLine($"{In(Bold)}{change.Class}{In(Plain)}  {VisibleText.Of(change.Tool)}  {VisibleText.Of(change.Field)}");
            Write(change);
        }

        to.WriteLine();
        if (!diff.IsWhole)
        {
            to.WriteLine("Some texts are cut, or differences left out: who may read ControllerRevisions and MCPToolConfigs in this namespace sees all of them.");
        }

        if (pending is { Rejected: false, SurfaceHash: { } hash })
        {
            to.WriteLine($"approve: mcp-operator review approve {name} -n {ns} --hash {hash[..16]} --reason …");
            to.WriteLine($"reject:  mcp-operator review reject {name} -n {ns} --hash {hash[..16]} --reason …");
        }
    }

    private void Write(SurfaceChange change)
    {
        var (before, after) = (change.Before is null ? null : VisibleText.Of(change.Before), change.After is null ? null : VisibleText.Of(change.After));
        var head = before is null || after is null ? 0 : before.Zip(after).TakeWhile(pair => pair.First == pair.Second).Count();
        var tail = before is null || after is null ? 0 : before.Reverse().Zip(after.Reverse()).TakeWhile(pair => pair.First == pair.Second).Count();
        Side("-", Red, before);
        Side("+", Green, after);

        void Side(string sign, string tint, string? text)
        {
            if (text is null)
            {
                return;
            }

            var end = Math.Max(head, text.Length - tail);
            var marked = before is null || after is null ? text : text[..head] + In(Reverse) + text[head..end] + In(Upright) + text[end..];
            foreach (var line in marked.Split('\n'))
            {
                to.WriteLine($"  {In(tint)}{sign} {line}{In(Plain)}");
            }
        }
    }

    private string In(string code) => color ? code : "";
}
