using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using McpOperator.Admission.Decisions;
using McpOperator.Api;
using McpOperator.Api.V1Alpha1;
using McpOperator.Generators.MCPServers;
using McpOperator.Objects;
using McpOperator.Policy;

namespace McpOperator.Reconcilers.Versions;

/// <summary>
/// Decides which version of a server serves and which waits. Pure. What is approved is a pair of image digest and surface; a version that
/// says nothing new, or only less, is approved by that.
/// </summary>
public static class VersionReviewer
{
    private const int HistoryLength = 10;
    private const int MostAuthors = 64;

    /// <summary>Decides.</summary>
    public static ReviewOutcome Decide(ReviewQuestion question)
    {
        if (RolledBack(question) is { } back)
        {
            var next = Decide(back with { Ruling = null });
            return next with { Happenings = [RollbackTold(question), .. next.Happenings] };
        }

        var target = ReviewDecision.Target(question.Status);
        if (question.Candidate is not { } candidate)
        {
            return Unchanged(question, target);
        }

        if (target is null)
        {
            return question.Policy == ReviewPolicy.Automatic || question.Settings.FirstVersion == ReviewPolicy.Automatic
                ? Approve(question, candidate, null, "It is the first version.")
                : Hold(question, null, candidate, SurfaceChangesOf(null, candidate));
        }

        if (target.Content == candidate.Hash)
        {
            return Unchanged(question, target) with { Serving = candidate, Pending = null };
        }

        return question.Kept.GetValueOrDefault(target.Content ?? "") is { } approved
            ? Compare(question, target, approved, candidate)
            : Recover(question, target, candidate);
    }

    private static ReviewOutcome Compare(ReviewQuestion question, VersionRecord target, VersionContent approved, VersionContent candidate)
    {
        // The first look at the tools of a version that serves already: those are what was let in.
        if (approved.Surface is null && candidate.RunsLike(approved) && candidate.Observed is { } seen)
        {
            approved = approved.With(seen);
            question = Replaced(question, target, target with { SurfaceHash = approved.Surface!.Hash, Content = approved.Hash });
            target = ReviewDecision.Target(question.Status)!;
        }

        if (question.Status.Pending is { Rejected: true } refused && IsPair(refused.Image, refused.SurfaceHash, candidate))
        {
            return Hold(question, approved, candidate, SurfaceChangesOf(approved.Surface, candidate));
        }

        if (candidate.Surface is not { } surface)
        {
            // What never served was never seen, and is no measure of anything.
            if (candidate.RunsLike(approved) && OnlyHides(approved.ToolConfig, candidate.ToolConfig))
            {
                return Approve(question, candidate, null, "It only takes away.");
            }

            return approved.Surface is null && target.State == VersionState.Approved && question.Settings.FirstVersion == ReviewPolicy.Automatic
                ? Approve(question, candidate, null, "No version has served before.")
                : question.Policy == ReviewPolicy.Automatic ? Approve(question, candidate, null, "Its review policy is Automatic.")
                : Hold(question, approved, candidate, []);
        }

        var changes = SurfaceDiff.Between(approved.Surface, surface);
        if (approved.Surface is not null && !SurfaceDiff.NeedsReview(changes, question.Settings.Passing))
        {
            return Approve(question, candidate, null, changes.Count == 0 ? "It says what was approved." : "It only takes away, or changes what the configuration lets pass.");
        }

        if (question.Status.History!.Any(v => IsApproved(v) && IsPair(v.Image, v.SurfaceHash, candidate)))
        {
            return Approve(question, candidate, null, "It was approved before.");
        }

        return question.Policy == ReviewPolicy.Automatic
            ? Approve(question, candidate, null, "Its review policy is Automatic.")
            : Hold(question, approved, candidate, changes);
    }

    /// <summary>A filter that lets less through takes away, whatever tools there are: hiding one must not wait for anybody.</summary>
    private static bool OnlyHides(MCPToolConfigSpec? before, MCPToolConfigSpec? after) =>
        after?.ToolsFilter is { } now && (before?.ToolsFilter is not { } old || now.All(old.Contains))
        && JsonNode.DeepEquals(JsonSerializer.SerializeToNode(before?.ToolsOverride, KubernetesJson.Options), JsonSerializer.SerializeToNode(after.ToolsOverride, KubernetesJson.Options));

    /// <summary>What is approved is known by its hashes only. What says the same is it; anything else is compared with nothing.</summary>
    private static ReviewOutcome Recover(ReviewQuestion question, VersionRecord target, VersionContent candidate) =>
        candidate.Surface is not null && IsPair(target.Image, target.SurfaceHash, candidate)
            ? Approve(question, candidate, null, "It says what was approved.")
            : Hold(question, null, candidate, SurfaceChangesOf(null, candidate));

    private static ReviewOutcome Unchanged(ReviewQuestion question, VersionRecord? target) => new()
    {
        Serving = question.Kept.GetValueOrDefault(target?.Content ?? ""),
        IsLost = target is not null && !question.Kept.ContainsKey(target.Content ?? "") && target.Content != question.Candidate?.Hash,
        Pending = question.Status.Pending,
        History = question.Status.History ?? [],
    };

    private static ReviewOutcome Approve(ReviewQuestion question, VersionContent content, Ruling? ruling, string why)
    {
        var history = question.Status.History ?? [];
        var target = ReviewDecision.Target(question.Status);
        var isSame = target is not null && IsPair(target.Image, target.SurfaceHash, content);
        var known = isSame ? target : history.FirstOrDefault(v => IsApproved(v) && IsPair(v.Image, v.SurfaceHash, content));
        var decided = ruling is null && known is not null
            ? known
            : new VersionRecord
            {
                Version = NumberOf(question, content),
                Image = content.Image,
                State = VersionState.Approved,
                DecidedBy = ruling?.By,
                DecidedAt = question.Now,
                Reason = ruling is null ? why : ruling.Reason,
            };
        var record = decided with
        {
            Image = content.Image,
            SurfaceHash = content.Surface?.Hash,
            Content = content.Hash,
            State = known?.State == VersionState.Active ? VersionState.Active : VersionState.Approved,
        };
        var others = history.Where(v => v.Version != record.Version)
            .Select(v => v.State == VersionState.Approved ? v with { State = VersionState.Superseded } : v);
        return new()
        {
            Serving = content,
            History = Trimmed([record, .. others]),
            Happenings = isSame || target is null ? [] : [new(false, EventReasons.VersionApproved, ruling is null
                ? $"Version {record.Version} may serve. {why}"
                : $"Version {record.Version} may serve: {ruling.By} approved it{Because(ruling.Reason)}.")],
        };
    }

    /// <summary>What was approved goes on, and the candidate waits; unless there is a decision about just this candidate.</summary>
    private static ReviewOutcome Hold(ReviewQuestion question, VersionContent? approved, VersionContent candidate, IReadOnlyList<SurfaceChange> changes)
    {
        var before = Before(question, candidate);
        var pending = new PendingVersion
        {
            Version = NumberOf(question, candidate),
            Image = candidate.Image,
            SurfaceHash = candidate.Surface?.Hash,
            Content = candidate.Hash,
            Changes = changes.Count == 0 ? null : PendingChanges.Shown(changes),
            MoreChanges = PendingChanges.Hidden(changes),
            ChangedBy = AuthorsOf(question, approved, candidate),
            Rejected = before?.Rejected ?? false,
            Since = before?.Since ?? question.Now,
        };
        // A decision is about what a reviewer could read in the status, and about nothing that came since.
        var ruling = before is { Rejected: false, SurfaceHash: { } hash } && question.Ruling is { } r && r.Decision.About == hash ? question.Ruling : null;
        switch (ruling?.Decision.Verb)
        {
            case Verb.Approve when !(question.Settings.FourEyes && pending.ChangedBy?.Contains(ruling.By) == true):
                return Approve(question, candidate, ruling, "");
            case Verb.Reject:
                return Held(question, approved, pending with { Rejected = true }, candidate) with
                {
                    History = Trimmed([Refused(pending, candidate, ruling, question.Now), .. (question.Status.History ?? []).Where(v => v.Version != pending.Version)]),
                    Happenings = [new(true, EventReasons.VersionRejected, $"Version {pending.Version} may not serve: {ruling.By} rejected it{Because(ruling.Reason)}.")],
                };
            default:
                return Held(question, approved, pending, candidate);
        }
    }

    private static ReviewOutcome Held(ReviewQuestion question, VersionContent? approved, PendingVersion pending, VersionContent candidate) => new()
    {
        Serving = approved,
        Waiting = pending.Rejected ? null : candidate,
        IsLost = approved is null && ReviewDecision.Target(question.Status) is not null,
        Pending = pending,
        History = question.Status.History ?? [],
    };

    private static VersionRecord Refused(PendingVersion pending, VersionContent content, Ruling ruling, DateTime now) => new()
    {
        Version = pending.Version,
        Image = pending.Image,
        SurfaceHash = pending.SurfaceHash,
        Content = content.Hash,
        State = VersionState.Rejected,
        DecidedBy = ruling.By,
        DecidedAt = now,
        Reason = ruling.Reason,
    };

    /// <summary>The question as it is after a rollback: the earlier version is the approved one, and the one that served is refused.</summary>
    private static ReviewQuestion? RolledBack(ReviewQuestion question)
    {
        var target = ReviewDecision.Target(question.Status);
        var wanted = question.Ruling is { Decision: { Verb: Verb.Rollback, About: var about } }
            ? question.Status.History?.FirstOrDefault(v => v.Version.ToString(CultureInfo.InvariantCulture) == about && IsApproved(v) && v.Version != target?.Version)
            : null;
        if (target is null || wanted is null || !question.Kept.ContainsKey(wanted.Content ?? ""))
        {
            return null;
        }

        var refused = target with { State = VersionState.Rejected, DecidedBy = question.Ruling!.By, DecidedAt = question.Now, Reason = question.Ruling.Reason };
        var history = question.Status.History!.Select(v =>
            v.Version == target.Version ? refused : v.Version == wanted.Version && v.State != VersionState.Active ? v with { State = VersionState.Approved } : v);
        var stillAsked = question.Candidate is { } candidate && IsPair(target.Image, target.SurfaceHash, candidate);
        return question with
        {
            Status = question.Status with
            {
                History = [.. history],
                Pending = stillAsked
                    ? new() { Version = target.Version, Image = target.Image, SurfaceHash = target.SurfaceHash, Rejected = true, Since = question.Now }
                    : question.Status.Pending,
            },
        };
    }

    private static Happening RollbackTold(ReviewQuestion question) => new(
        true, EventReasons.VersionRolledBack,
        $"Version {question.Ruling!.Decision.About} serves again in place of version {ReviewDecision.Target(question.Status)!.Version}: {question.Ruling.By} went back to it{Because(question.Ruling.Reason)}.");

    private static ReviewQuestion Replaced(ReviewQuestion question, VersionRecord old, VersionRecord record) => question with
    {
        Status = question.Status with { History = [.. question.Status.History!.Select(v => v.Version == old.Version ? record : v)] },
    };

    /// <summary>Their own changes count, and nobody else's: who wrote the tool configuration last may well judge a change of the image.</summary>
    private static List<string>? AuthorsOf(ReviewQuestion question, VersionContent? approved, VersionContent candidate)
    {
        var authors = (question.Status.Pending?.ChangedBy ?? [])
            .Concat(approved?.HasServerOf(candidate) == true ? [] : question.ServerAuthors)
            .Concat(approved?.HasToolConfigOf(candidate) == true ? [] : question.ToolConfigAuthors)
            .Distinct(StringComparer.Ordinal).Take(MostAuthors).ToList();
        return authors.Count == 0 ? null : authors;
    }

    /// <summary>The version that waits, if the content is it. Its tools may have been unknown until now.</summary>
    private static PendingVersion? Before(ReviewQuestion question, VersionContent content) =>
        question.Status.Pending is { } pending && (IsPair(pending.Image, pending.SurfaceHash, content) || (pending.SurfaceHash is null && IsPair(pending.Image, content.Surface?.Hash, content)))
            ? pending
            : null;

    private static long NumberOf(ReviewQuestion question, VersionContent content) => Before(question, content)?.Version
        ?? 1 + Math.Max(question.Status.Pending?.Version ?? 0, (question.Status.History ?? []).Select(v => v.Version).DefaultIfEmpty().Max());

    private static bool IsApproved(VersionRecord record) => record.State is VersionState.Approved or VersionState.Active or VersionState.Superseded;

    /// <summary>Whether an image and a surface are those of a content. Digests decide, not names: the same bytes are the same program.</summary>
    private static bool IsPair(string image, string? surfaceHash, VersionContent content) =>
        DigestOf(image) == DigestOf(content.Image) && surfaceHash == content.Surface?.Hash;

    private static string DigestOf(string image) => image[(image.IndexOf('@', StringComparison.Ordinal) + 1)..];

    private static IReadOnlyList<SurfaceChange> SurfaceChangesOf(Surface? approved, VersionContent candidate) =>
        candidate.Surface is { } surface ? SurfaceDiff.Between(approved, surface) : [];

    private static string Because(string? reason) => string.IsNullOrWhiteSpace(reason) ? "" : $" ({reason})";

    /// <summary>The newest ten, newest first; what may serve or serves is never forgotten.</summary>
    private static List<VersionRecord> Trimmed(IEnumerable<VersionRecord> records)
    {
        var all = records.OrderByDescending(v => v.Version).ToList();
        while (all.Count > HistoryLength && all.FindLastIndex(v => v.State is VersionState.Superseded or VersionState.Rejected) is >= 0 and var oldest)
        {
            all.RemoveAt(oldest);
        }

        return all;
    }
}
