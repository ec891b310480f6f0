-- Ready sums up what matters to clients. A version that waits for review leaves the approved one serving, so it is no fault, but whoever
-- syncs it has to know that it is not live: Suspended, as Argo Rollouts says of a step that waits for a person.
local function condition(kind)
  for _, c in ipairs(obj.status and obj.status.conditions or {}) do
    if c.type == kind then return c end
  end
end

local function is(status, message) return { status = status, message = message } end

local ready, review = condition("Ready"), condition("ReviewCurrent")
if not ready or obj.status.observedGeneration ~= obj.metadata.generation then
  return is("Progressing", "The operator has not looked at this version yet.")
end
if obj.spec.suspend then return is("Suspended", ready.message or "spec.suspend is set.") end
if ready.status == "False" then return is("Degraded", ready.reason .. ": " .. (ready.message or "")) end
if ready.status ~= "True" then return is("Progressing", ready.reason .. ": " .. (ready.message or "")) end
if review and review.status == "False" then
  return is("Suspended", review.reason .. ": " .. (review.message or "") .. " The approved version serves meanwhile.")
end
return is("Healthy", obj.status.url or ready.reason)
