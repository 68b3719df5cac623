package caddyiamsmart

import (
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"
	"go.uber.org/zap"

	"caddyiamsmart.example/caddyiamsmart/linkup"
	"caddyiamsmart.example/caddyiamsmart/spelling"
)

// The ways in which the link may have been made that a rule can ask for.
var linkMethods = []string{linkup.ByPassword, linkup.ByHKIC, linkup.ByCode, linkup.ByRegister, linkup.ByRequest, linkup.ByImport}

const (
	userTypePlus = "sign"
	leastAge     = time.Minute // what the person has just done must not be too long ago
)

func (g *Gate) provisionRules(ctx caddy.Context) error {
	if len(g.Require) > maxRules {
		return fmt.Errorf("require: %d rules are too many; a gate has %d at most", len(g.Require), maxRules)
	}
	for i := range g.Require {
		if err := g.provisionRule(ctx, &g.Require[i]); err != nil {
			return fmt.Errorf("require: rule %d: %w", i+1, err)
		}
	}
	g.warnOfFrontControllers()
	return nil
}

func (g *Gate) provisionRule(ctx caddy.Context, rule *Rule) error {
	if err := rule.check(); err != nil {
		return err
	}
	if len(rule.Attributes) > 0 && !g.sources.readable() {
		return fmt.Errorf("attribute %s: these accounts tell no attributes; accounts sql, ldap and file do", rule.Attributes[0].Name)
	}
	g.warnOfChoice(rule)
	if err := rule.nameFolders(); err != nil {
		return fmt.Errorf("match: path: %w", err)
	}
	if rule.MatcherSetsRaw == nil {
		return nil // it is for all requests
	}
	loaded, err := ctx.LoadModule(rule, "MatcherSetsRaw")
	if err != nil {
		return fmt.Errorf("match: %w", err)
	}
	return rule.matchers.FromInterface(loaded)
}

// nameFolders has a rule for what lies in a folder be for the folder itself too:
// applications show it under its name with or without a slash.
func (rule *Rule) nameFolders() error {
	for _, set := range rule.MatcherSetsRaw {
		raw, ok := set["path"]
		if !ok {
			continue
		}
		var paths []string
		if err := json.Unmarshal(raw, &paths); err != nil {
			return err
		}
		for _, p := range paths {
			if folder, ok := strings.CutSuffix(p, "/*"); ok && folder != "" && !strings.Contains(folder, "*") {
				paths = append(paths, folder)
			}
		}
		named, err := json.Marshal(paths)
		if err != nil {
			return err
		}
		set["path"] = named
	}
	return nil
}

// check tells what is wrong with a rule by itself.
func (rule *Rule) check() error {
	if len(rule.Attributes) == 0 && len(rule.LinkMethod) == 0 && rule.UserType == "" && rule.LoginAge == 0 && rule.StepUp == 0 {
		return errors.New("it asks for nothing; expected at least one of: attribute, link_method, user_type, login_age, step_up")
	}
	for _, a := range rule.Attributes {
		if a.Name == "" || len(a.Values) == 0 || slices.Contains(a.Values, "") {
			return errors.New("attribute: expected a name and one value or more, none of them empty")
		}
	}
	for _, way := range rule.LinkMethod {
		if !slices.Contains(linkMethods, way) {
			return fmt.Errorf("link_method: unknown way '%s'; expected one of: %s%s", way, strings.Join(linkMethods, ", "), spelling.Hint(way, linkMethods...))
		}
	}
	for name, age := range map[string]caddy.Duration{"login_age": rule.LoginAge, "step_up": rule.StepUp} {
		if age != 0 && time.Duration(age) < leastAge {
			return fmt.Errorf("%s: %s is too short; it is a minute or more", name, time.Duration(age))
		}
	}
	return oneOf("user_type", rule.UserType, userTypePlus)
}

// warnOfChoice speaks up where whoever sends a request can choose whether a rule is for
// it: who leaves out the header that the rule is by, is not under the rule.
func (g *Gate) warnOfChoice(rule *Rule) {
	for _, set := range rule.MatcherSetsRaw {
		for name, raw := range set {
			switch what := chosenBy(name, raw); what {
			case "":
			case "path_regexp":
				g.logger.Warn("require: the pattern of path_regexp has capital letters and minds case, so a server that does not can be asked for the page in small letters; begin it with (?i)", zap.String("gate", g.title()))
			default:
				g.logger.Warn("require: the rule is by what whoever sends a request can choose, so they can choose not to be under it; name paths instead", zap.String("gate", g.title()), zap.String("matcher", what))
			}
		}
	}
}

// chosenBy names the part of a matcher that the client's choice can lead past.
func chosenBy(name string, raw json.RawMessage) string {
	switch name {
	case "header", "header_regexp", "query", "vars", "vars_regexp":
		return name
	case "expression":
		if clientsWords.Match(raw) {
			return name
		}
	case "path_regexp":
		var m struct{ Pattern string }
		if json.Unmarshal(raw, &m) == nil && capitals.MatchString(m.Pattern) && !strings.HasPrefix(m.Pattern, "(?i") {
			return name
		}
	case "not":
		var sets []map[string]json.RawMessage
		if json.Unmarshal(raw, &sets) != nil {
			return ""
		}
		for _, set := range sets {
			for name, raw := range set {
				if what := chosenBy(name, raw); what != "" {
					return what
				}
			}
		}
	}
	return ""
}

var (
	clientsWords = regexp.MustCompile(`\b(header|header_regexp|query|vars|vars_regexp)\s*\(|\{(http\.request\.(header|cookie|uri\.query|orig_uri)|header|cookie|query|\?query)`)
	capitals     = regexp.MustCompile(`(^|[^\\])[A-Z]`)
	controllers  = regexp.MustCompile(`(?i)^(index|default|main|app|doku|front|controller|dispatcher|servlet)\.(php\d?|phtml|aspx?|ashx|jspx?|jsf|do|cgi|pl|py|cfm|dll)$`)
)

// warnOfFrontControllers speaks up where `public` names a page that shows all others by
// its query or by what follows it: `public` looks at the path alone.
func (g *Gate) warnOfFrontControllers() {
	for _, public := range g.Public {
		if name := path.Base(strings.TrimSuffix(public, "/*")); controllers.MatchString(name) {
			g.logger.Warn("public: such a page often shows all others, by its query, and then all of the application is open to everybody", zap.String("gate", g.title()), zap.String("path", public))
		}
	}
}
